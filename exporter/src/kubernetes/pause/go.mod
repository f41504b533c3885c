module tcpotel/pause

go 1.26
