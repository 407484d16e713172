#include "tests/campaign/campaign.h"

#include <QDebug>
#include <QFile>
#include <QJsonArray>
#include <QTest>

namespace spillway::test {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kGrown = 5;  // jobs

HealthSettings everyFinding() {
    HealthSettings settings;
    settings.max_findings = 200;
    return settings;
}

QString ruleOf(const Finding& finding) {
    return finding.id.section(u':', 0, 0);
}

}  // namespace

QString CampaignOutcome::text() const {
    const auto list = [](const QStringList& of) {
        return of.isEmpty() ? QString() : u"\n  "_s + of.join(u"\n  "_s);
    };
    return u"%1 lives, %2 polls (%3 not answered), %4 exact figures compared; false criticals: %5%6; wrong "
           u"exacts: "
           "%7%8; missed: %9"_s.arg(lives)
               .arg(polls)
               .arg(unread_polls)
               .arg(exact_figures)
               .arg(false_criticals.size())
               .arg(list(false_criticals))
               .arg(wrong_exacts.size())
               .arg(list(wrong_exacts))
               .arg(missed.size()) +
           list(missed);
}

CampaignOutcome& CampaignOutcome::operator+=(const CampaignOutcome& other) {
    false_criticals += other.false_criticals;
    wrong_exacts += other.wrong_exacts;
    missed += other.missed;
    lives += other.lives;
    polls += other.polls;
    unread_polls += other.unread_polls;
    exact_figures += other.exact_figures;
    return *this;
}

Campaign::Campaign(JsonPeer& peer, QueueBackend& backend, std::vector<Life> lives, unsigned seed)
    : m_peer(peer), m_backend(backend), m_lives(std::move(lives)), m_random(seed),
      m_monitor(u"campaign"_s, Environment::production, everyFinding()) {}

const std::vector<Campaign::Flow>& Campaign::flows() {
    static const std::vector<Flow> all{
        {"enqueued", &FlowTotals::enqueued, [](const Truth& t) { return t.sent.confirmed; },
         [](const Truth& t) { return t.sent.asked; }},
        {"completed", &FlowTotals::completed, [](const Truth& t) { return t.done.confirmed; },
         [](const Truth& t) { return t.done.asked; }},
        {"failed for good", &FlowTotals::failed_for_good, [](const Truth& t) { return t.died.confirmed; },
         [](const Truth& t) { return t.died.asked; }},
        {"executed", &FlowTotals::executed, [](const Truth& t) { return t.started; }, nullptr},
        {"executed first", &FlowTotals::first_executed, [](const Truth& t) { return t.first_started; },
         nullptr},
    };
    return all;
}

QJsonObject Campaign::ask(const char* action, const QJsonObject& more) {
    QJsonObject request = more;
    request.insert(u"do"_s, QString::fromLatin1(action));
    const QJsonObject answer = m_peer.ask(request);
    if (!answer.value(u"ok"_s).toBool() && m_trouble.isEmpty())
        m_trouble = QString::fromLatin1(action) + u": "_s +
                    (answer.isEmpty() ? m_peer.error() : answer.value(u"error"_s).toString());
    return answer;
}

Campaign::Truths Campaign::truthsOf(const QJsonObject& answer) {
    Truths truths;
    const QJsonObject queues = answer.value(u"queues"_s).toObject();
    const auto pair = [](const QJsonValue& value) {
        return Pair{value[0].toInteger(), value[1].toInteger()};
    };
    for (auto it = queues.begin(); it != queues.end(); ++it) {
        const QJsonObject one = it->toObject();
        truths[it.key()] = {pair(one[u"sent"_s]),
                            pair(one[u"done"_s]),
                            pair(one[u"died"_s]),
                            one[u"started"_s].toInteger(),
                            one[u"first_started"_s].toInteger(),
                            one[u"lies"_s].toObject()};
    }
    return truths;
}

const QueueReading* Campaign::queueOf(const ServerReading& reading, const QString& queue) {
    for (const auto& system : reading.systems)
        for (const auto& one : system.queues)
            if (one.queue == queue) return &one;
    return nullptr;
}

bool Campaign::poll() {
    Sample sample;
    sample.before = truthsOf(ask("truth"));
    auto reading = m_backend.read();
    sample.after = truthsOf(ask("truth"));
    sample.at_s = static_cast<double>(m_clock.elapsed()) / 1000;
    ++m_outcome.polls;
    if (!reading) {
        qInfo().noquote() << reading.failure().sentence();
        ++m_outcome.unread_polls;
        if (!m_backend.open()) return false;
        return m_backend.detect().ok();
    }
    sample.reading = std::move(reading).value();
    m_samples.push_back(std::move(sample));
    return true;
}

// What two polls say of the time between them, where the newer one calls it exact.
void Campaign::checkSteps() {
    if (m_samples.size() < 2) return;
    const Sample &old = m_samples[m_samples.size() - 2], &now = m_samples.back();
    for (const Life& life : m_lives) {
        const auto* was = queueOf(old.reading, life.queue);
        const auto* is = queueOf(now.reading, life.queue);
        if (!was || !is) continue;
        for (const Flow& flow : flows()) {
            const Count &from = was->flow.*flow.seen, &to = is->flow.*flow.seen;
            if (!flow.most || !from.known() || !to.isExact()) continue;
            const qint64 step = *to.value - *from.value;
            const qint64 least = flow.least(now.before.at(life.queue)) - flow.most(old.after.at(life.queue));
            const qint64 most = flow.most(now.after.at(life.queue)) - flow.least(old.before.at(life.queue));
            ++m_outcome.exact_figures;
            if (step < least || step > most)
                m_outcome.wrong_exacts
                    << u"%1 at %2 s: %3 %4 since the last poll, in truth %5 to %6"_s.arg(life.queue)
                           .arg(now.at_s)
                           .arg(QString::fromLatin1(flow.name))
                           .arg(step)
                           .arg(least)
                           .arg(most);
        }
    }
}

qint64 Campaign::leastBacklog(const Sample& sample, const QString& queue) const {
    const Truth &before = sample.before.at(queue), &after = sample.after.at(queue);
    return before.sent.confirmed - after.done.asked - after.died.asked;
}

qint64 Campaign::mostBacklog(const Sample& sample, const QString& queue) const {
    const Truth &before = sample.before.at(queue), &after = sample.after.at(queue);
    return after.sent.asked - before.done.confirmed - before.died.confirmed;
}

// The newest sample that is at least so old; null: none is.
const Campaign::Sample* Campaign::sampleAgo(double seconds) const {
    const double limit = m_samples.back().at_s - seconds;
    for (auto it = m_samples.rbegin(); it != m_samples.rend(); ++it)
        if (it->at_s <= limit) return &*it;
    return nullptr;
}

bool Campaign::grewSteadily(const QString& queue, double seconds) const {
    for (int third = 0; third < 3; ++third) {
        const Sample *from = sampleAgo(seconds * (3 - third) / 3), *to = sampleAgo(seconds * (2 - third) / 3);
        if (!from || !to || mostBacklog(*to, queue) - leastBacklog(*from, queue) < kGrown) return false;
    }
    return true;
}

bool Campaign::grew(const QString& queue) const {
    for (const double seconds : {6.0, 9.0, 12.0, 18.0, 24.0})
        if (grewSteadily(queue, seconds)) return true;
    // Or from each poll to the next, where they were few.
    int steps = 0;
    for (auto now = m_samples.rbegin(); now + 1 != m_samples.rend(); ++now, ++steps)
        if (mostBacklog(*now, queue) <= leastBacklog(*(now + 1), queue)) break;
    return steps >= 3 &&
           m_samples.back().at_s - m_samples[m_samples.size() - 1 - static_cast<size_t>(steps)].at_s >= 4;
}

bool Campaign::nothingLeft(const QString& queue, double seconds) const {
    const Sample* from = sampleAgo(seconds);
    if (!from) return false;
    const Truth &then = from->before.at(queue), &now = m_samples.back().before.at(queue);
    return now.done.confirmed == then.done.confirmed && now.died.confirmed == then.died.confirmed &&
           mostBacklog(m_samples.back(), queue) > 0;
}

void Campaign::checkFindings(const std::vector<Finding>& findings) {
    m_last.clear();
    for (const Finding& finding : findings) {
        if (finding.severity != Severity::critical) continue;
        const QString rule = ruleOf(finding);
        m_last[finding.queue] << rule;
        const auto life = std::find_if(m_lives.begin(), m_lives.end(),
                                       [&](const Life& one) { return one.queue == finding.queue; });
        bool justified = false;
        if (life != m_lives.end() && life->kind != LifeKind::paused) {
            const bool left = life->kind == LifeKind::abandoned && nothingLeft(life->queue, 1);
            justified = (rule == "never_drains"_L1 && (left || grew(life->queue))) ||
                        (rule == "stalled"_L1 && nothingLeft(life->queue, 3)) ||
                        (rule == "unserved"_L1 && left);
        }
        if (!justified)
            m_outcome.false_criticals << u"%1 s: %2 [%3] %4"_s.arg(m_samples.back().at_s)
                                             .arg(rule, finding.sentence, finding.evidence);
    }
}

// Nobody sends or works any more: every exact figure is the truth.
void Campaign::checkQuiet(const Truths& truths) {
    const Sample &first = m_samples.front(), &last = m_samples.back();
    const auto check =
        [&](const QString& queue, const QString& what, const Count& seen, qint64 truth) {
            if (!seen.isExact()) return;
            ++m_outcome.exact_figures;
            if (*seen.value != truth)
                m_outcome.wrong_exacts
                    << u"%1 at rest: %2 is %3, in truth %4"_s.arg(queue, what).arg(*seen.value).arg(truth);
        };
    for (const Life& life : m_lives) {
        const QueueReading* queue = queueOf(last.reading, life.queue);
        const QueueReading* start = queueOf(first.reading, life.queue);
        if (!queue || !start) {
            m_outcome.missed << life.queue + u" is not among the queues"_s;
            continue;
        }
        const Truth& truth = truths.at(life.queue);
        const std::pair<const char*, const Count*> lies[] = {{"ready", &queue->ready},
                                                             {"running", &queue->running},
                                                             {"scheduled", &queue->scheduled},
                                                             {"retrying", &queue->retrying},
                                                             {"dead", &queue->dead}};
        for (const auto& [state, count] : lies)
            check(life.queue, QString::fromLatin1(state), *count,
                  truth.lies[QString::fromLatin1(state)].toInteger());
        for (const Flow& flow : flows()) {
            const bool whole = std::all_of(m_samples.begin(), m_samples.end(), [&](const Sample& sample) {
                const auto* one = queueOf(sample.reading, life.queue);
                return one && (one->flow.*flow.seen).isExact();
            });
            if (!whole) continue;
            const qint64 total = *(queue->flow.*flow.seen).value - *(start->flow.*flow.seen).value;
            check(life.queue, QString::fromLatin1(flow.name), Count::exact(total), flow.least(truth));
        }
    }
}

void Campaign::checkMissed() {
    for (const Life& life : m_lives) {
        const QStringList& told = m_last[life.queue];
        if (life.kind == LifeKind::growing && grewSteadily(life.queue, 24) &&
            !told.contains(u"never_drains"_s))
            m_outcome.missed << life.queue + u" grows, and nobody was told"_s;
        if (life.kind == LifeKind::abandoned && nothingLeft(life.queue, 15) &&
            leastBacklog(m_samples.back(), life.queue) >= 20 && told.isEmpty())
            m_outcome.missed << life.queue + u" has no workers, and nobody was told"_s;
    }
}

CampaignOutcome Campaign::run(double seconds) {
    QJsonArray lives;
    for (const Life& life : m_lives) lives.push_back(life.json());
    m_outcome.lives = static_cast<int>(m_lives.size());
    (void)ask("create", {{u"lives"_s, lives}});
    m_clock.start();
    if (!m_backend.detect() || !poll() || m_samples.empty()) {
        m_trouble = u"the queues cannot be read"_s;
        return m_outcome;
    }
    (void)m_monitor.add(m_samples.back().reading);
    (void)ask("begin");
    std::uniform_int_distribution<int> gap_ms(300, 2'500);  // late and uneven, as polls are
    while (m_trouble.isEmpty() && static_cast<double>(m_clock.elapsed()) < seconds * 1000) {
        QTest::qWait(gap_ms(m_random));
        const auto polls = m_samples.size();
        if (!poll()) m_trouble = u"the server does not answer any more"_s;
        if (m_samples.size() == polls) continue;
        checkSteps();
        checkFindings(m_monitor.add(m_samples.back().reading)->findings);
    }
    checkMissed();
    const Truths truths = truthsOf(ask("quiet"));
    if (!m_trouble.isEmpty() || !poll()) return m_outcome;
    checkSteps();
    checkQuiet(truths);
    return m_outcome;
}

int campaignRuns() {
    return qEnvironmentVariableIntValue("SPILLWAY_LONG_TESTS") == 1 ? 16 : 1;
}

bool startLives(JsonPeer& peer, const QString& library, const QString& address, int settle_ms) {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"SPILLWAY_NODE_MODULES"_s, nodeModules());
    // pg-boss wants a newer Node than Debian's; the libraries bring it along.
    const QString own = nodeModules() + u"/.bin/node"_s;
    return peer.start(QFile::exists(own) ? own : u"node"_s,
                      {QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/campaign/queue_lives.mjs"), library,
                       address, QString::number(settle_ms)},
                      environment);
}

void verifyOutcome(const CampaignOutcome& outcome) {
    qInfo().noquote() << outcome.text();
    QVERIFY2(outcome.exact_figures > 0 && outcome.unread_polls * 4 < outcome.polls,
             qPrintable(outcome.text()));
    QVERIFY2(outcome.false_criticals.isEmpty() && outcome.wrong_exacts.isEmpty() && outcome.missed.isEmpty(),
             qPrintable(outcome.text()));
}

}  // namespace spillway::test
