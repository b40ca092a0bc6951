#!/bin/sh
yt-dlp -x "https://www.youtube.com/watch?v=ymMG2esZy8W" # Made-up one
yt-dlp -f best https://www.youtube.com/watch?v=bEwS2R0xwUU
