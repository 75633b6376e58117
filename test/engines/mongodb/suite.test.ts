/** MongoDB keeps what every engine promises. */
import { describeLifecycle } from "../suite/lifecycle.ts";
import { useEngine } from "../suite/subject.ts";
import { describeMongodb, mongodbSubject } from "./fixture.ts";

describeMongodb("MongoDB", () => describeLifecycle(useEngine(mongodbSubject())));
