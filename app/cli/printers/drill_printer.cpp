#include "app/cli/printers/drill_printer.h"

#include "app/cli/printers/text_table.h"
#include "backends/domain/human_text.h"
#include "backends/drill/drill_document.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString millis(qint64 us) {
    return u"%1 ms"_s.arg(static_cast<double>(us) / 1000.0, 0, 'f', us < 10'000 ? 2 : 0);
}

Paint paintOf(ParityVerdict verdict) {
    switch (verdict) {
        case ParityVerdict::untested:
            return Paint::critical;
        case ParityVerdict::fewer:
            return Paint::warning;
        case ParityVerdict::same:
            return Paint::good;
        case ParityVerdict::unknown:
            break;
    }
    return Paint::faint;
}

}  // namespace

QString claimDrillText(const ClaimDrillResult& r, const TextStyle& style) {
    const auto& taken = r.recorded.takeovers;
    const bool clean = r.recorded.rate.duplicates.valueOr(0) == 0;
    QString text =
        painted(claimDrillSentence(r), clean ? Paint::good : Paint::critical, style.colours) + u'\n';
    text += u"%1 jobs in %2 s, %3; ended by: %4\n"_s.arg(
        exactCountText(r.recorded.jobs), QString::number(r.seconds, 'f', 1),
        rateText(r.recorded.claims_per_s), drillEndName(r.end));
    if (r.lost_races + r.aborted > 0)
        text +=
            u"%1 claims found the job taken, %2 were refused by the server (serialization, deadlock)\n"_s.arg(
                exactCountText(r.lost_races), exactCountText(r.aborted));
    if (taken.abandoned > 0)
        text += u"%1 workers died holding a job; %2 of these jobs were taken over%3\n"_s.arg(taken.abandoned)
                    .arg(taken.taken_over)
                    .arg(taken.late ? u", %1 after the lease at most"_s.arg(millis(taken.late->most))
                                    : QString());
    text = fitted(text, style.width);
    if (r.recorded.first.empty()) return text;
    TextTable table({u"job>"_s, u"first"_s, u"second"_s, u"gap>"_s});
    for (std::size_t i = 0; i < std::min<std::size_t>(5, r.recorded.first.size()); ++i) {
        const auto& one = r.recorded.first[i];
        table.add({{QString::number(one.job)},
                   {workerName(one.first)},
                   {workerName(one.second)},
                   {millis(one.gap_us)}});
    }
    return text + table.text(style);
}

QString parityText(const Parity& parity, const TextStyle& style) {
    QString text = painted(parity.sentence, paintOf(parity.verdict), style.colours) + u'\n';
    if (parity.queues.size() < 2) return fitted(text, style.width);
    for (const auto& one : parity.queues)
        text += painted(parityVerdictName(one.verdict), paintOf(one.verdict), style.colours) + u"  "_s +
                one.sentence + u'\n';
    return fitted(text, style.width);
}

}  // namespace spillway
