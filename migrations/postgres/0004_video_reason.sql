-- What else a source said of a video that is there: embedding_disabled, or null.
ALTER TABLE videos ADD COLUMN reason TEXT;
