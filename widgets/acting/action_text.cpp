#include "widgets/acting/action_text.h"

#include "backends/domain/human_text.h"
#include "widgets/acting/plan_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString ofPlanned(const OutcomeCounts& counts, ActionKind kind) {
    return u"%1 of %2 %3"_s.arg(exactCountText(counts.moved), jobsText(counts.planned), actionDone(kind));
}

QString guardsText(const ActionReport& report) {
    QStringList sentences;
    for (const auto& guard : report.guards)
        if (guard.permission == Permission::refused) sentences << guard.sentence;
    return sentences.join(u' ');
}

ActionWords wordsOfReport(const ActionView& action, const ActionReport& report) {
    const QString moved = ofPlanned(report.counts, action.kind);
    if (report.refused()) return {ActionTone::bad, u"Refused: nothing was sent"_s, guardsText(report)};
    switch (report.state) {
        case ActionState::done:
            return {ActionTone::good, u"Done: %1"_s.arg(moved),
                    report.counts.moved < report.counts.planned
                        ? u"What was skipped had moved on since the plan and was left alone."_s
                        : QString()};
        case ActionState::cancelled:
            return {ActionTone::halted, u"Cancelled: %1"_s.arg(moved),
                    u"The rest was not touched. It can be resumed under Activity."_s};
        case ActionState::halted:
            return {ActionTone::halted, u"Halted: %1"_s.arg(moved),
                    u"%1 The rest was not touched. It can be resumed under Activity."_s.arg(
                        report.haltReason.endsWith(u'.') ? report.haltReason : report.haltReason + u'.')};
        case ActionState::interrupted:
            return {ActionTone::bad,
                    u"Interrupted: what became of %1 is not known"_s.arg(jobsText(report.counts.unknown)),
                    u"%1 Resume it under Activity: the jobs are read back, and none is sent twice."_s.arg(
                        report.haltReason)};
        case ActionState::abandoned:
            return {ActionTone::halted, u"Abandoned: %1"_s.arg(moved), {}};
        case ActionState::running:
            break;
    }
    return {ActionTone::running, actionDoing(action.kind), {}};
}

ActionWords wordsWhileRunning(const ActionView& action) {
    const ActionSnapshot& now = action.snapshot;
    const QString counted =
        u"%1 of %2"_s.arg(exactCountText(now.counts.touched()), exactCountText(now.counts.planned));
    if (action.stopping)
        return {ActionTone::running, u"Stopping at %1"_s.arg(counted), u"The batch under way is the last."_s};
    if (action.paused)
        return {ActionTone::running, u"Paused at %1"_s.arg(counted), u"Nothing is sent until you go on."_s};
    if (now.action.isEmpty()) return {ActionTone::running, u"Asking the guards on fresh facts…"_s, {}};
    if (now.waitingForCanary)
        return {ActionTone::running, u"Waiting for the canary at %1"_s.arg(counted),
                u"The rest follows once these have ended well, not merely been put back."_s};
    return {ActionTone::running, u"%1 %2"_s.arg(actionDoing(action.kind), counted),
            u"at most %1"_s.arg(rateText(action.rate))};
}

void addAfter(std::vector<ActionFigure>& figures, const ActionReport& report) {
    const AfterReport& after = report.after;
    const auto add = [&figures](const QString& label, qint64 n, const QString& hint, bool loud = false) {
        if (n > 0) figures.push_back({label, exactCountText(n), hint, loud});
    };
    add(u"completed since"_s, after.completed, u"Of those put back."_s);
    add(u"died, same error"_s, after.diedSame, u"With the error they had died with before."_s, true);
    add(u"died, other error"_s, after.diedOther, {}, true);
    add(u"failed, will retry"_s, after.retrying, u"They failed again and wait for a retry of their own."_s);
    add(u"still waiting"_s, after.waiting, {});
    add(u"running"_s, after.running, {});
    add(u"not found again"_s, after.vanished,
        u"Neither waiting, running nor dead: their system deletes what it completed, or somebody else did."_s);
    add(u"not looked at"_s, after.notLookedAt, u"How these ended was not read."_s);
}

}  // namespace

const OutcomeCounts& countsOf(const ActionView& action) {
    return action.report && !action.report->refused() ? action.report->counts : action.snapshot.counts;
}

ActionWords actionWords(const ActionView& action) {
    if (action.failure)
        return {ActionTone::bad, action.failure->what,
                u"%1 %2"_s.arg(action.failure->serverSaid, action.failure->nextStep).trimmed()};
    if (action.report) return wordsOfReport(action, *action.report);
    return wordsWhileRunning(action);
}

QString canaryText(const CanaryReport& canary, bool waiting) {
    if (canary.sent == 0) return {};
    const int open = canary.sent - canary.succeeded - canary.failed;
    QString text = u"%1 of %2 ended well"_s.arg(canary.succeeded).arg(canary.sent);
    if (canary.failed > 0) text += u", %1 did not"_s.arg(canary.failed);
    if (waiting && open > 0) text += u", %1 still to end"_s.arg(open);
    return text;
}

std::vector<ActionFigure> actionFigures(const ActionView& action) {
    const OutcomeCounts& counts = countsOf(action);
    std::vector<ActionFigure> figures;
    const auto add = [&figures](const QString& label, qint64 n, const QString& hint, bool always, bool loud) {
        if (n > 0 || always) figures.push_back({label, exactCountText(n), hint, loud && n > 0});
    };
    add(actionDone(action.kind), counts.moved, u"Done as planned."_s, true, false);
    add(u"changed"_s, counts.changed, u"No longer as the plan saw them: left alone."_s, true, false);
    add(u"equal job alive"_s, counts.conflict, u"The server would refuse them: left alone."_s, true, false);
    add(u"gone"_s, counts.gone, u"Not there any more."_s, true, false);
    add(u"failed"_s, counts.failed, u"The server refused them."_s, false, true);
    add(u"unknown"_s, counts.unknown, u"No answer came; they are read back, never sent again blindly."_s,
        false, true);
    // How released jobs end is not followed.
    if (action.report && action.kind == ActionKind::replay) addAfter(figures, *action.report);
    return figures;
}

QString stateText(ActionState state) {
    return state == ActionState::running ? u"under way"_s : actionStateName(state);
}

ActionTone toneOf(ActionState state) {
    switch (state) {
        case ActionState::done:
            return ActionTone::good;
        case ActionState::interrupted:
            return ActionTone::bad;
        case ActionState::running:
            return ActionTone::running;
        case ActionState::halted:
        case ActionState::cancelled:
        case ActionState::abandoned:
            break;
    }
    return ActionTone::halted;
}

QString toneIcon(ActionTone tone) {
    switch (tone) {
        case ActionTone::good:
            return u"good"_s;
        case ActionTone::halted:
            return u"warning"_s;
        case ActionTone::bad:
            return u"critical"_s;
        case ActionTone::running:
            break;
    }
    return u"connecting"_s;
}

}  // namespace spillway
