-- Whoever asked for a claim wants its resource's password changed with it: remembered here, done when the link is used.
ALTER TABLE forwarder_sent ADD COLUMN rotate boolean NOT NULL DEFAULT false;
