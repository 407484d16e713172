// The history on disk: SQLite in WAL mode, three tiers that keep min, max, last, sum and count, so that
// every zoom is exact in its extremes. Synchronous; belongs to one thread (see history_worker.h).
//
// A kill loses what was recorded since the last flush() and nothing else. A power cut may lose the last
// flushes (synchronous=NORMAL) but leaves a sound file. One instance records; others read.
#pragma once

#include <memory>

#include "backends/domain/outcome.h"
#include "backends/history/history_values.h"

namespace spillway {

class HistoryStore {
public:
    // Opens or creates the file. How it went beyond plain success is in takeNotices(): moved aside
    // (protocol), another instance records (permission), written by a newer program (changed).
    [[nodiscard]] static Outcome<std::unique_ptr<HistoryStore>> open(const HistorySettings& settings,
                                                                     const Clock& clock);
    ~HistoryStore();  // flushes
    HistoryStore(const HistoryStore&) = delete;
    HistoryStore& operator=(const HistoryStore&) = delete;

    [[nodiscard]] HistoryRole role() const;
    [[nodiscard]] std::vector<Failure> takeNotices();

    // In memory until the next flush, but answered at once. Nothing happens unless role() is writer.
    // Fractions are kept to six significant digits.
    void record(const HistoryBatch& batch);
    // After a failure all is kept for the next try. `overloaded`: full or busy, try later. `protocol`:
    // the file is damaged, open the store anew to have it moved aside.
    [[nodiscard]] Outcome<Done> flush();
    // Trims by age and size; from time to time, a minute is fine. Flushes first.
    [[nodiscard]] Outcome<Done> maintain();

    [[nodiscard]] Outcome<HistoryAnswer> answer(const HistoryQuery& query);
    [[nodiscard]] Outcome<std::vector<HistorySeries>> series();
    [[nodiscard]] Outcome<HistoryExtent> extent();
    // The newest run of every finding of this connection that was seen in the last day, and the polls of its
    // last minutes of recording, some seconds apart.
    [[nodiscard]] Outcome<RecordedPast> past(const QString& connection);
    // What was wrong in a time, oldest first; runs that began or ended outside of it are there whole. Kept
    // for as long as minutes are.
    [[nodiscard]] Outcome<std::vector<FindingRun>> findingRuns(const FindingRunQuery& query);
    // What is said of findings now, by any program. `alsoPast`: everything that was ever said, in order.
    [[nodiscard]] Outcome<Acknowledgements> acknowledgements(const QString& connection = {},
                                                             bool alsoPast = false);
    // Written at once, by a second instance as well; takes the place of what was said of the same subject.
    [[nodiscard]] Outcome<Done> acknowledge(const Acknowledgement& said);
    // Written at once, by a second instance as well. Answers the mark with its id.
    [[nodiscard]] Outcome<HistoryMark> addMark(const HistoryMark& mark);
    [[nodiscard]] Outcome<std::vector<HistoryMark>> marks(const HistoryMarkQuery& query);

private:
    struct Inside;
    explicit HistoryStore(std::unique_ptr<Inside> inside);
    [[nodiscard]] bool refreshNames();
    template <typename Write>
    [[nodiscard]] auto writeAtOnce(const QString& what, Write write);
    [[nodiscard]] bool readFindings(const QString& connection, RecordedPast& past);
    [[nodiscard]] bool readPolls(const QString& connection, RecordedPast& past);

    std::unique_ptr<Inside> m;
};

}  // namespace spillway
