-- Nobody: the owner of lists and jobs that were deleted and whose rows are removed later, in parts. Nobody can sign in to this account.
INSERT INTO users (id, email, password_hash, created_at) VALUES ('00000000-0000-0000-0000-000000000000', 'nobody', '!', clock_timestamp());
