/** One object per anonymous caller. */
import { AdmittingObject } from "./admission/object.ts";

export class Fingerprint extends AdmittingObject {}
