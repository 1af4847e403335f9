-- People and servers that may ask. `data` is what rules see as user.data.
CREATE TABLE backstitch.login_user (
  id text PRIMARY KEY,
  type text NOT NULL CHECK (type IN ('normal', 'server')),
  data jsonb NOT NULL DEFAULT '{}',
  disabled boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  logged_in_at timestamptz NOT NULL
);

-- By what they log in: an address, the subject of another's token, the name of a key.
CREATE TABLE backstitch.login_identity (
  provider text NOT NULL,
  subject text NOT NULL,
  user_id text NOT NULL REFERENCES backstitch.login_user ON DELETE CASCADE,
  PRIMARY KEY (provider, subject)
);
CREATE INDEX login_identity_user ON backstitch.login_identity (user_id);

CREATE TABLE backstitch.login_password (
  user_id text PRIMARY KEY REFERENCES backstitch.login_user ON DELETE CASCADE,
  hash text NOT NULL
);

-- Of secrets that are as long as their hash there are hashes alone. A server's key is the whole of a user of its own.
CREATE TABLE backstitch.login_api_key (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES backstitch.login_user ON DELETE CASCADE,
  name text NOT NULL,
  hash text NOT NULL UNIQUE,
  disabled boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL
);
CREATE INDEX login_api_key_user ON backstitch.login_api_key (user_id);

-- A refresh token is "family.secret": the family stays, the secret is another each time. Of the two latest secrets the session knows the hashes, and
-- with their salts whoever shows a secret is given the same next one, however often its answer is lost.
CREATE TABLE backstitch.login_session (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES backstitch.login_user ON DELETE CASCADE,
  api_key_id text REFERENCES backstitch.login_api_key ON DELETE CASCADE,
  family_hash text NOT NULL UNIQUE,
  secret_hash text NOT NULL,
  salt text NOT NULL,
  previous_hash text,
  previous_salt text,
  rotated_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX login_session_user ON backstitch.login_session (user_id);
CREATE INDEX login_session_key ON backstitch.login_session (api_key_id);
CREATE INDEX login_session_expires ON backstitch.login_session (expires_at);

-- What can be shown once: links in mails, and what a login with another's help is kept by on its way. `held` is what it stands for.
CREATE TABLE backstitch.login_ticket (
  hash text PRIMARY KEY,
  purpose text NOT NULL,
  user_id text REFERENCES backstitch.login_user ON DELETE CASCADE,
  held jsonb NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX login_ticket_user ON backstitch.login_ticket (user_id);
CREATE INDEX login_ticket_expires ON backstitch.login_ticket (expires_at);

-- The keys that access tokens are signed with. `verifies_until` is set when another takes over.
CREATE TABLE backstitch.login_signing_key (
  id text PRIMARY KEY,
  private_key jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  verifies_until timestamptz
);

-- How often something was tried within a while. Nothing is lost with it but that.
CREATE UNLOGGED TABLE backstitch.login_attempt (
  bucket text PRIMARY KEY,
  count integer NOT NULL,
  ends_at timestamptz NOT NULL
);
CREATE INDEX login_attempt_ends ON backstitch.login_attempt (ends_at);
