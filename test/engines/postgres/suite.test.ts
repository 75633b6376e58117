/** PostgreSQL keeps what every engine promises. */
import { describeLifecycle } from "../suite/lifecycle.ts";
import { useEngine } from "../suite/subject.ts";
import { postgresSubject } from "./subject.ts";

describeLifecycle(useEngine(postgresSubject));
