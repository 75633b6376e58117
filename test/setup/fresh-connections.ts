/**
 * Every file starts with connections of its own. While a process loads the next file it does not notice that the server has closed an
 * idle connection, and the first request on it would fail.
 */
import { closeConnections } from "../support/http.ts";

closeConnections();
