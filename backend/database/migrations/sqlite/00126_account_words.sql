-- +goose Up
-- The words by whose beginning an account is found: of its names and its e-mail.
CREATE TABLE account_words (
    word       TEXT NOT NULL CHECK (length(word) <= 64),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (word, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_words_account_id ON account_words (account_id);
