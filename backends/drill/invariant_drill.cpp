#include "backends/drill/invariant_drill.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure usage(const QString& what, const QString& next = {}) {
    return {FailureKind::usage, what, {}, next};
}

QString rollbackText(const Rehearsal& rollback) {
    return rollback.held ? u" After the rollback it holds."_s
                         : u" After the rollback it does not hold: %1."_s.arg(rollback.value);
}

}  // namespace

Outcome<Done> checkedInvariantDrill(const InvariantDrillSettings& s) {
    if (s.command.trimmed().isEmpty()) return usage(u"There is no command to run."_s);
    if (s.invariant.trimmed().isEmpty())
        return usage(u"There is no rule to check."_s,
                     u"Give --invariant a query of one number that must be 0, or of two that must agree."_s);
    if (s.processes < 1 || s.processes > 64) return usage(u"--processes must be 1 to 64."_s);
    if (s.rounds < 1 || s.rounds > 10'000) return usage(u"--rounds must be 1 to 10 000."_s);
    return Done{};
}

QString invariantDrillSentence(const InvariantDrillResult& r, int processes) {
    const QString head =
        u"%1 at once, %2: "_s.arg(processes == 1 ? u"1 process"_s : u"%1 processes"_s.arg(processes),
                                  r.rounds == 1 ? u"1 round"_s : u"%1 rounds"_s.arg(r.rounds));
    QString text = head;
    if (r.rounds == 0)
        text += u"nothing was tried."_s;
    else if (r.first_drift)
        text += u"the rule did not hold after %1 of them, first after round %2: %3."_s.arg(r.drifted)
                    .arg(r.first_drift->round)
                    .arg(r.first_drift->value);
    else
        text += u"the rule held every time."_s;
    if (r.rollback) text += rollbackText(*r.rollback);
    return text;
}

}  // namespace spillway
