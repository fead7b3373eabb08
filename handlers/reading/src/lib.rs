//! PP-OCR on the CPU: image in, lines and words with polygons and scores out.
