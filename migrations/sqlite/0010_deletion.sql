-- Nobody: the owner of lists and jobs that were deleted and whose rows are removed later, in parts. Nobody can sign in to this account.
INSERT INTO users (id, email, password_hash, created_at) VALUES (zeroblob(16), 'nobody', '!', (SELECT now FROM clock));
