-- MySQL dump 10.13
DROP TABLE IF EXISTS `videos`;
CREATE TABLE `videos` (
  `n` int NOT NULL,
  `yt` varchar(11),
  `title` text
);
LOCK TABLES `videos` WRITE;
INSERT INTO `videos` VALUES (0,'s4SuEF_tiSd','It\'s made up'),(1,'zo-Nw09VlWn','Made-up 1'),(2,'H-fQ6kh6moE',NULL);
UNLOCK TABLES;
