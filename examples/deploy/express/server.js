import express from "express";

const app = express();

app.get("/", (request, response) => {
  response.json({
    hello: request.get("host"),
    client: request.get("x-forwarded-for"),
    secure: request.get("x-forwarded-proto") === "https",
  });
});

// PORT is set for the app. SIGTERM comes when a newer release has taken over: requests that have begun may end.
const server = app.listen(Number(process.env.PORT ?? 8080), "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
