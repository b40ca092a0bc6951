PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE video (id INTEGER PRIMARY KEY, url TEXT, title TEXT);
INSERT INTO video (id, url, title) VALUES(1,'https://www.youtube.com/watch?v=s4SuEF_tiSd','It''s made up');
INSERT INTO video (id, url, title) VALUES(2,'https://www.youtube.com/watch?v=zo-Nw09VlWn','Made-up 1');
COMMIT;
