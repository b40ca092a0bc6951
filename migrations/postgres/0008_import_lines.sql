-- The columns of the temporary table of the same name in which each import stages its lines. This table itself stays empty.
-- id: of the video, if it is new. first_line, first_id: those of the first line in this list with the same video, if that is another one.
CREATE TABLE import_lines (
    list BIGINT NOT NULL,
    line BIGINT NOT NULL,
    input TEXT NOT NULL,
    rejection TEXT,
    note TEXT,
    id UUID,
    youtube_id TEXT COLLATE "C",
    title TEXT,
    title_key TEXT COLLATE "C",
    search_text TEXT,
    added_at TIMESTAMPTZ,
    first_line BIGINT,
    first_id UUID,
    PRIMARY KEY (list, line)
);
