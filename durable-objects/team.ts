/** One object per team: admits its creates as a fingerprint's does, and counts its living resources besides. */
import { AdmittingObject } from "./admission/object.ts";

export class Team extends AdmittingObject {}
