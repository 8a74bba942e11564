-- +goose Up
-- The links of a giver end together. Without this index the server locks all links to
-- find them.
CREATE INDEX account_links_given_by ON account_links (given_by);
