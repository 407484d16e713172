#include "backends/drill/parity.h"

#include <algorithm>
#include <set>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

template <typename System>
SystemWorkers workersOf(const System& system) {
    SystemWorkers found{system.identity, {}, system.workers};
    for (const auto& queue : system.queues) {
        if constexpr (requires { queue.reading; })
            found.queues << queue.reading.queue;
        else
            found.queues << queue.queue;
    }
    return found;
}

template <typename AnyReading>
std::vector<SystemWorkers> allWorkers(const AnyReading& reading) {
    std::vector<SystemWorkers> all;
    for (const auto& system : reading.systems) all.push_back(workersOf(system));
    return all;
}

const SystemWorkers* named(const std::vector<SystemWorkers>& systems, const QString& key) {
    const auto it = std::find_if(systems.begin(), systems.end(),
                                 [&](const SystemWorkers& s) { return s.identity.key() == key; });
    return it == systems.end() ? nullptr : &*it;
}

Count sum(const Count& total, const Count& one) {
    if (!total.known()) return total;
    if (!one.known()) return one;
    return {*total.value + *one.value, weaker(total.provenance, one.provenance),
            total.method.isEmpty() ? one.method : total.method};
}

// Where not all live workers are listed, those of one queue are at least the listed ones.
Count atLeast(const Count& count) {
    if (!count.known()) return count;
    return Count::lowerBound(*count.value, u"only some of the live workers are listed"_s);
}

QueueWorkers workersAt(const std::vector<SystemWorkers>& systems, const SystemIdentity& system,
                       const QString& queue, const QString& name) {
    if (const auto* there = named(systems, system.key())) return workersOfQueue(*there, queue);
    const auto none = Count::notObservable(u"%1 has no %2."_s.arg(name, system.label()));
    return {none, none};
}

ParityVerdict judged(const QueueWorkers& a, const QueueWorkers& b) {
    const Count inA = runAtOnce(a);
    const Count inB = runAtOnce(b);
    if (!inA.known() || !inB.known()) return ParityVerdict::unknown;
    const qint64 haveA = *inA.value;
    const qint64 haveB = *inB.value;
    if (haveB == 0) return inB.isExact() ? ParityVerdict::same : ParityVerdict::unknown;
    if (haveA == 0) return inA.isExact() ? ParityVerdict::untested : ParityVerdict::unknown;
    const bool openA = inA.provenance == Provenance::lower_bound;
    const bool openB = inB.provenance == Provenance::lower_bound;
    // "At least one" may well be many.
    if (haveA < haveB && openA) return ParityVerdict::unknown;
    if (haveA == 1 && haveB > 1) return ParityVerdict::untested;
    if (haveA < haveB) return ParityVerdict::fewer;
    if (openB) return ParityVerdict::unknown;
    const bool oneProcess = a.workers.valueOr(0) == 1 && b.workers.valueOr(0) > 1;
    return oneProcess ? ParityVerdict::fewer : ParityVerdict::same;
}

QString sideText(const QueueWorkers& side) {
    const Count all = runAtOnce(side);
    if (!all.known()) return u"an unknown number"_s;
    if (*all.value == 0) return u"none"_s;
    const QString together = countText(all);
    if (!side.workers.known() || *side.workers.value == *all.value) return together;
    return u"%1 (%2 × %3)"_s.arg(
        together, countText(side.workers),
        QString::number(static_cast<double>(*all.value) / static_cast<double>(*side.workers.value), 'g', 3));
}

QString conclusion(const QueueParity& one, const QString& nameA, const QString& nameB) {
    switch (one.verdict) {
        case ParityVerdict::untested:
            return u"concurrency is untested"_s;
        case ParityVerdict::fewer:
            if (*runAtOnce(one.a).value >= *runAtOnce(one.b).value)
                return u"in %1 all in one process, so that what happens between processes is untested"_s.arg(
                    nameA);
            return u"concurrency is tested, but at less than the load of %1"_s.arg(nameB);
        case ParityVerdict::same:
            if (runAtOnce(one.b).value == 0) return u"no worker runs in %1 that could collide"_s.arg(nameB);
            return u"as many at once"_s;
        case ParityVerdict::unknown:
            break;
    }
    const QString& why = !runAtOnce(one.a).known()                                 ? runAtOnce(one.a).method
                         : !runAtOnce(one.b).known() || runAtOnce(one.a).isExact() ? runAtOnce(one.b).method
                                                                                   : runAtOnce(one.a).method;
    return u"they cannot be compared: %1"_s.arg(why.endsWith(u'.') ? why.chopped(1) : why);
}

int badness(ParityVerdict verdict) {
    switch (verdict) {
        case ParityVerdict::untested:
            return 3;
        case ParityVerdict::fewer:
            return 2;
        case ParityVerdict::unknown:
            return 1;
        case ParityVerdict::same:
            break;
    }
    return 0;
}

std::set<std::pair<QString, QString>> allQueues(const std::vector<SystemWorkers>& a,
                                                const std::vector<SystemWorkers>& b) {
    std::set<std::pair<QString, QString>> all;
    for (const auto* side : {&a, &b})
        for (const auto& system : *side)
            for (const auto& queue : system.queues) all.emplace(system.identity.key(), queue);
    return all;
}

QString overall(const Parity& parity, const QString& nameA, const QString& nameB) {
    if (parity.queues.empty()) return u"Neither %1 nor %2 has a queue to compare."_s.arg(nameA, nameB);
    const auto& worst = parity.queues.front();
    const auto alike = std::count_if(parity.queues.begin(), parity.queues.end(),
                                     [&](const QueueParity& one) { return one.verdict == parity.verdict; });
    if (alike == 1) return worst.sentence;
    return u"%1 queues: %2, for example %3"_s.arg(alike).arg(parityVerdictName(parity.verdict),
                                                             worst.sentence);
}

}  // namespace

std::vector<SystemWorkers> systemWorkers(const ServerReading& reading) {
    return allWorkers(reading);
}
std::vector<SystemWorkers> systemWorkers(const Reading& reading) {
    return allWorkers(reading);
}

QueueWorkers workersOfQueue(const SystemWorkers& system, const QString& queue) {
    const WorkersReading& all = system.workers;
    qint64 alive = 0;
    QueueWorkers found{Count::exact(0), Count::exact(0)};
    for (const Worker& worker : all.list) {
        if (!worker.alive) continue;
        ++alive;
        // A worker whose queues are not recorded may serve this one: the whole system's figures speak.
        if (worker.queues.isEmpty()) return {all.live, all.concurrency};
        if (!worker.queues.contains(queue)) continue;
        found.workers = sum(found.workers, Count::exact(1));
        found.concurrency = sum(found.concurrency, worker.concurrency);
    }
    if (!all.live.known()) return {all.live, all.concurrency.known() ? all.live : all.concurrency};
    if (alive == 0 && *all.live.value > 0) return {all.live, all.concurrency};
    if (alive < *all.live.value) return {atLeast(found.workers), atLeast(found.concurrency)};
    return found;
}

Count runAtOnce(const QueueWorkers& side) {
    if (side.concurrency.known() || !side.workers.known()) return side.concurrency;
    if (*side.workers.value == 0) return Count::exact(0);
    return Count::lowerBound(*side.workers.value, u"how many jobs a worker runs at once is not recorded"_s);
}

QString parityVerdictName(ParityVerdict verdict) {
    switch (verdict) {
        case ParityVerdict::same:
            return u"same"_s;
        case ParityVerdict::fewer:
            return u"fewer"_s;
        case ParityVerdict::untested:
            return u"untested"_s;
        case ParityVerdict::unknown:
            break;
    }
    return u"unknown"_s;
}

std::optional<ParityVerdict> parityVerdictFromName(const QString& name) {
    for (const auto verdict :
         {ParityVerdict::same, ParityVerdict::fewer, ParityVerdict::untested, ParityVerdict::unknown})
        if (parityVerdictName(verdict) == name) return verdict;
    return std::nullopt;
}

Parity workerParity(const std::vector<SystemWorkers>& a, const std::vector<SystemWorkers>& b,
                    const QString& nameA, const QString& nameB) {
    Parity parity;
    for (const auto& [key, queue] : allQueues(a, b)) {
        const auto* inA = named(a, key);
        const SystemIdentity& system = (inA ? inA : named(b, key))->identity;
        QueueParity one{key, queue, workersAt(a, system, queue, nameA), workersAt(b, system, queue, nameB),
                        {},  {}};
        one.verdict = judged(one.a, one.b);
        one.sentence = u"%1: %2 runs %3, %4 %5: %6."_s.arg(visibleText(queue), nameA, sideText(one.a), nameB,
                                                           sideText(one.b), conclusion(one, nameA, nameB));
        parity.queues.push_back(std::move(one));
    }
    std::stable_sort(
        parity.queues.begin(), parity.queues.end(),
        [](const QueueParity& x, const QueueParity& y) { return badness(x.verdict) > badness(y.verdict); });
    if (!parity.queues.empty()) parity.verdict = parity.queues.front().verdict;
    parity.sentence = overall(parity, nameA, nameB);
    return parity;
}

Parity readingsParity(const Reading& a, const Reading& b) {
    const auto beside = [](const Reading& one, const Reading& other) {
        return one.environment != other.environment ? environmentName(one.environment) : one.connection;
    };
    return workerParity(systemWorkers(a), systemWorkers(b), beside(a, b), beside(b, a));
}

QString parityWhere(const Reading& a, const Reading& b) {
    return u"%1 against %2"_s.arg(a.connection, b.connection);
}

}  // namespace spillway
