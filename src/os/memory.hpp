#pragma once

namespace steward {

/// Gives back what only the start of a long-lived program needed: free memory of the heap, and the pages of
/// code that were run or read ahead. What is needed again comes back from the page cache. Call it once, when
/// all is set up.
void give_back_start_up_memory();

/// For a program that gets pieces of some MiB again and again, and is to hold no more than it uses: each has
/// a mapping of its own, and leaves no hole in the heap. Call it before there are other threads.
void map_large_pieces();

}  // namespace steward
