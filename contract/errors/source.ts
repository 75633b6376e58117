/** The errors of uploads and of the sources in them: part of the one table in `../errors.ts`. */
import type { ErrorRow } from "./row.ts";

const EXAMPLE = `tar -czf app.tar.gz . && curl -F tarball=@app.tar.gz -F name=my-app`;

export const SOURCE_ERRORS = {
  invalid_form: {
    status: 400,
    message: ({ detail }) => `The body must be one multipart/form-data form${detail === undefined ? "" : `: ${detail}`}.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user the upload was not a valid form, then send it as one: ${EXAMPLE} ${publicUrl}/deploy/new`,
  },
  missing_tarball: {
    status: 400,
    message: () => `Send the field "tarball": a gzip-compressed tar archive of the app's folder.`,
    agentAction: ({ publicUrl }) => `Tell the user the request had no tarball, then send one: ${EXAMPLE} ${publicUrl}/deploy/new`,
  },
  invalid_tarball: {
    status: 400,
    message: ({ detail }) => `The tarball was refused${detail === undefined ? "" : `: ${detail}`}.`,
    agentAction: () =>
      `Tell the user the tarball was refused; "reason" says why. Make it again from the app's folder, without links out of it and without device files: tar -czf app.tar.gz .`,
  },
  missing_dockerfile: {
    status: 400,
    message: () =>
      "The source has no Dockerfile at its top level, and no package.json, requirements.txt, pyproject.toml or index.html to write one from.",
    agentAction: () =>
      `Tell the user the source has no Dockerfile at its top level, then add one and make the tarball from inside the app's folder: tar -czf app.tar.gz .`,
  },
  unsupported_field: {
    status: 400,
    message: ({ detail }) => `The form field ${detail ?? ""} is not supported here.`.replace("  ", " "),
    agentAction: ({ publicUrl }) =>
      `Tell the user a form field was refused, then leave it out or correct its name. The fields of a deploy are in ${publicUrl}/openapi.json`,
  },
  tarball_too_large: {
    status: 413,
    message: () => "The tarball is larger than 50 MiB.",
    agentAction: () =>
      `Tell the user the tarball is too large, then leave out what the build can fetch, such as node_modules and .git: tar --exclude=node_modules --exclude=.git -czf app.tar.gz .`,
  },
  too_many_uploads: {
    status: 429,
    message: () => "This team has two uploads in progress already.",
    agentAction: () => `Tell the user two uploads of their team are still running, then send this one again as Retry-After says.`,
    retryAfterSeconds: 10,
  },
  no_room_for_upload: {
    status: 503,
    message: () => "The platform has no room for another upload right now; nothing was deployed.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the platform takes no uploads for the moment; running apps are unaffected. Try again as Retry-After says. Status: ${publicUrl}/readyz`,
    retryAfterSeconds: 300,
  },
} as const satisfies Record<string, ErrorRow>;
