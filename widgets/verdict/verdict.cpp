#include "widgets/verdict/verdict.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/acknowledgement.h"
#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/icon.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kNextReasons = 3;
constexpr int kLongestReason = 80;  // of what a server said; otherwise our own sentence

enum class Standing { silent, current, old };
struct Seen {
    Finding finding;
    Standing standing = Standing::current;
    QString data_of;  // "02:41", of an old one
};

QString sentenceCase(QString text) {
    if (!text.isEmpty()) text[0] = text[0].toUpper();
    return text;
}

QString withoutPeriod(QString sentence) {
    if (sentence.endsWith(u'.')) sentence.chop(1);
    return sentence;
}

QString reasonOf(const Failure& failure) {
    const bool said = !failure.serverSaid.isEmpty() && failure.serverSaid.size() <= kLongestReason &&
                      !failure.serverSaid.contains(u'\n');
    return withoutPeriod(said ? failure.serverSaid : failure.what);
}

std::vector<Seen> allSeen(const ConnectionViews& views, const QDateTime& now) {
    std::vector<Seen> all;
    for (const auto& view : views) {
        if (view.failure) all.push_back({silenceOf(view, now), Standing::silent, {}});
        if (!view.last) continue;
        const bool old = view.state == ConnectionState::stale;
        for (const auto& finding : findingsOf(view, now))
            all.push_back({finding, old ? Standing::old : Standing::current,
                           old ? displayTime(view.last_at).toString(u"HH:mm"_s) : QString()});
    }
    std::sort(all.begin(), all.end(), [](const Seen& a, const Seen& b) {
        return a.standing != b.standing ? a.standing < b.standing : worseThan(a.finding, b.finding);
    });
    return all;
}

QString reasonsText(const std::vector<Seen>& seen, size_t named, const QDateTime& now) {
    QStringList reasons;
    if (const auto& said = seen.front().finding.acknowledged)
        reasons << sentenceCase(acknowledgementText(*said, serverTimeFromMillis(now.toMSecsSinceEpoch())));
    else if (!seen.front().finding.action.isEmpty())
        reasons << withoutPeriod(seen.front().finding.action);
    for (size_t i = 1; i < named; ++i)
        reasons << (seen[i].data_of.isEmpty()
                        ? seen[i].finding.title
                        : u"%1 (as of %2)"_s.arg(seen[i].finding.title, seen[i].data_of));
    return reasons.join(u"  ·  "_s);
}

QString sinceOf(const Seen& seen, const ConnectionViews& views) {
    const auto* view = findConnection(views, seen.finding.connection);
    if (seen.standing == Standing::silent)
        return view && view->last ? u"data of %1"_s.arg(displayTime(view->last_at).toString(u"HH:mm"_s))
                                  : QString();
    return seen.finding.since == ServerTime{} ? QString() : sinceText(seen.finding.since, todayOf(views));
}

struct Watched {
    int connections = 0;  // that have brought a reading
    size_t queues = 0;
    int polls = 0;  // of the queue that is known best
};

Watched watchedBy(const ConnectionViews& views) {
    Watched watched;
    for (const auto& view : views) {
        if (!view.last) continue;
        ++watched.connections;
        for (const auto& system : view.last->systems) {
            watched.queues += system.queues.size();
            for (const auto& queue : system.queues) watched.polls = std::max(watched.polls, queue.flow.polls);
        }
    }
    return watched;
}

bool isPast(const ConnectionViews& views) {
    return std::any_of(views.begin(), views.end(), [](const ConnectionView& view) { return view.past; });
}

// What nobody recorded then may have been anything.
QString unrecordedText(const ConnectionViews& views) {
    QStringList names;
    for (const auto& view : views)
        if (!view.last) names << connectionLabel(view.name);
    return names.isEmpty() ? QString()
                           : u"%1 %2 not recorded then"_s.arg(names.join(u", "_s),
                                                              names.size() == 1 ? u"was"_s : u"were"_s);
}

// Nothing of the past is "quiet": only what was recorded is known.
Verdict pastVerdict(const ConnectionViews& views) {
    const Watched watched = watchedBy(views);
    QStringList reasons{unrecordedText(views)};
    if (watched.queues > 0) reasons.prepend(u"%1 queues were recorded"_s.arg(watched.queues));
    reasons.removeAll(QString());
    return {.tone = Verdict::Tone::waiting,
            .id = u"past"_s,
            .past = true,
            .headline = watched.connections == 0 ? u"Nothing was recorded at this moment"_s
                                                 : u"No finding stood at this moment"_s,
            .reasons = reasons.join(u"  ·  "_s)};
}

// Without any finding. "Quiet" is only said once there was time to see one.
Verdict quietVerdict(const ConnectionViews& views) {
    if (isPast(views)) return pastVerdict(views);
    const Watched watched = watchedBy(views);
    if (views.empty())
        return {.id = u"nothing"_s,
                .headline = u"Nothing is connected"_s,
                .reasons = u"Connect to a server to see its queues."_s};
    if (watched.connections == 0)
        return {.id = u"connecting"_s,
                .headline = u"Connecting to %1…"_s.arg(connectionLabel(views.front().name)),
                .reasons = u"The first figures arrive with the first poll."_s};
    if (watched.queues > 0 && watched.polls < kForecastMinPolls) {
        const EmptyText learning = learningText(watched.polls, kForecastMinPolls);
        return {.id = u"learning"_s, .headline = learning.sentence, .reasons = learning.next_step};
    }
    return {.tone = Verdict::Tone::quiet,
            .id = u"quiet"_s,
            .word = u"Quiet"_s,
            .headline = u"Nothing needs you"_s,
            .reasons = u"%1 %2 watched on %3 %4"_s.arg(watched.queues)
                           .arg(watched.queues == 1 ? u"queue"_s : u"queues"_s)
                           .arg(watched.connections)
                           .arg(watched.connections == 1 ? u"connection"_s : u"connections"_s)};
}

Verdict::Tone toneOf(Severity severity) {
    switch (severity) {
        case Severity::critical:
            return Verdict::Tone::critical;
        case Severity::warning:
            return Verdict::Tone::warning;
        case Severity::info:
            break;
    }
    return Verdict::Tone::note;
}

}  // namespace

Finding silenceOf(const ConnectionView& view, const QDateTime& now) {
    Finding finding;
    const bool stale = view.state == ConnectionState::stale;
    const double age = std::floor(ageOfLast(view, now).value_or(0));
    finding.id = u"connection"_s;
    finding.severity =
        stale && view.environment == Environment::production ? Severity::critical : Severity::warning;
    finding.connection = view.name;
    finding.title = stale ? u"%1 has not answered for %2"_s.arg(connectionLabel(view.name), durationText(age))
                          : u"%1 cannot be read"_s.arg(connectionLabel(view.name));
    finding.sentence = u"%1: %2"_s.arg(finding.title, reasonOf(*view.failure));
    finding.action = view.failure->nextStep;
    finding.impact = age;  // the longest silence is the worst
    return finding;
}

Verdict verdictOn(const ConnectionViews& views, const QDateTime& now) {
    const std::vector<Seen> seen = allSeen(views, now);
    if (seen.empty()) return quietVerdict(views);
    const Finding& worst = seen.front().finding;
    const auto named = std::min<size_t>(seen.size(), 1 + kNextReasons);
    Verdict verdict;
    verdict.tone = toneOf(worst.severity);
    verdict.id = worst.id + u'@' + worst.connection;
    verdict.silent = seen.front().standing == Standing::silent;
    verdict.word = severityWord(worst.severity);
    if (worst.acknowledged) {  // nobody has to get up; what is wrong stays in sight
        verdict.tone = Verdict::Tone::note;
        verdict.word = u"Known"_s;
    }
    verdict.headline = withoutPeriod(worst.sentence.isEmpty() ? worst.title : worst.sentence);
    verdict.reasons = reasonsText(seen, named, now);
    if (isPast(views)) {
        verdict.past = true;
        verdict.word = u"Then: %1"_s.arg(verdict.word.toLower());
        if (const QString missing = unrecordedText(views); !missing.isEmpty())
            verdict.reasons += u"  ·  "_s + missing;
    }
    verdict.more = static_cast<int>(seen.size() - named);
    for (const auto& view : views) verdict.more += view.last ? view.last->findings_not_shown : 0;
    verdict.title = worst.title;
    verdict.since = sinceOf(seen.front(), views);
    verdict.place = placeOf(worst);
    verdict.target = targetOf(worst);
    verdict.button = placeButtonText(verdict.place, verdict.target);
    return verdict;
}

bool isWorse(const Verdict& fresh, const Verdict& shown) {
    if (fresh.silent != shown.silent) return fresh.silent;
    return fresh.tone < shown.tone;
}

}  // namespace spillway
