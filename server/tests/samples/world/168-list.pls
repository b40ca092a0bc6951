[playlist]
NumberOfEntries=3
File2=https://youtu.be/X2hdy_XndeI
Title2=Made-up two
Length2=-1
File1=https://www.youtube.com/watch?v=tqR11TQ64Ko
Title1=Made-up = one
Length1=200
File3=https://www.youtube.com/watch?v=MR8bjMMc44E
Version=2
