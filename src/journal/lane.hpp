#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "journal/cursors.hpp"
#include "os/fd.hpp"

namespace steward::journal {

/// What a reader found next. Texts are valid until the reader is asked again.
struct Item {
  enum class Kind {
    lines,     ///< whole lines, each with its newline
    bad_line,  ///< longer than kMostLine, or torn at the end of a run
    shrunk,    ///< the segment became shorter
    run_over,  ///< the run has ended and was read to its end
  };
  Kind kind = Kind::lines;
  std::string_view bot, run;
  int segment = 0;
  std::int64_t offset = 0;  ///< of the first byte
  std::string_view lines;
  std::string_view reason;
  WallNs modified = 0;  ///< when the segment was last written
};

/// A read buffer that all lanes share; the decoder may look a little beyond a line's end.
struct ReadBuffer {
  static constexpr std::size_t kSize = 256 * 1024;
  std::vector<char> bytes;
  explicit ReadBuffer(std::size_t padding) : bytes(kSize + padding) {}
};

/// Reads the runs of one bot one after the other, in the order in which they lived: the next begins when the
/// one before is over and read to its end. Within a run the sizes of segments are looked at newest first and
/// bytes read oldest first, so what one client wrote is met in the order of its writes.
class Lane {
 public:
  Lane(std::string state_folder, std::string bot, Cursors& cursors);

  /// A run that has begun; those known are left as they are.
  void add_run(const std::string& run);
  /// No more will be written to it.
  void end_run(const std::string& run);
  bool knows(std::string_view run) const;

  /// The next item, nothing when all is read. `thorough` also looks for new segments and at old ones. Its
  /// bytes count as read once `advance()` is called.
  std::optional<Item> next(ReadBuffer& buffer, bool thorough);
  void advance();

  const std::string& bot() const { return bot_; }
  /// Why something could not be read, empty when all is well. Tried again at each thorough look.
  const std::string& trouble() const { return trouble_; }
  /// Bytes seen and not yet read of the present run.
  std::int64_t backlog() const;

 private:
  struct Segment {
    int number = 0;
    Fd fd;
    std::int64_t size = 0;     // as last seen
    std::int64_t scanned = 0;  // no line ends between the offset and here
    WallNs modified = 0;
    bool unreadable = false;
    Table<SegmentCursor>::Entry* cursor = nullptr;
    std::int64_t offset() const { return cursor->row.offset; }
  };
  struct Run {
    std::string name;
    bool ended = false;
    bool found = false;  // its segments were looked up
    std::vector<Segment> segments;
  };

  std::string folder() const;
  bool over() const { return runs_.front().ended || runs_.size() > 1; }
  void find_segments();
  void add_segment(int number);
  void look(bool thorough);
  bool measure(Segment& segment);
  bool open(Segment& segment);
  void close_old();
  std::optional<Item> read(Segment& segment, ReadBuffer& buffer);
  std::optional<Item> skip_long_line(Segment& segment, std::string_view bytes);
  std::optional<Item> finish();
  Item item(Item::Kind kind, const Segment& segment, std::string_view reason) const;

  std::string state_folder_, bot_;
  Cursors& cursors_;
  std::vector<Run> runs_;  // the first is being read
  Segment* pending_ = nullptr;
  std::int64_t pending_offset_ = 0;
  bool pending_over_ = false;
  bool pending_shrunk_ = false;
  std::string trouble_;
};

}  // namespace steward::journal
