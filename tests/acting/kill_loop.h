// Carries a plan out with SIGKILLs at moments that wander over the journal's steps, then --resume until the
// action has ended.
#pragma once

#include <QJsonArray>
#include <QTest>
#include <csignal>
#include <functional>

#include "tests/acting/acting_program.h"

namespace spillway::test {

class KillLoop {
public:
    explicit KillLoop(const ActingProgram& program) : m_program(program) {}

    // `kills`: at most this many in this round. `afterKill` makes up for what a dead program leaves to time.
    // False: it did not come to an end.
    [[nodiscard]] bool carryOut(const QString& plan, int kills, const std::function<void()>& afterKill = {}) {
        QString action;
        for (int i = 0; i < kills && !cutOff(wordsFor(plan, action)); ++i) {
            if (afterKill) afterKill();
            action = unfinished();
        }
        // The session of a program that is gone ends at its next word; until then it holds its lock.
        for (int i = 0; i < 100; ++i) {
            action = unfinished();
            const int code = m_program.ctl(wordsFor(plan, action)).code;
            if (code == 0 || code == 2) break;
            QTest::qWait(50);
        }
        return unfinished().isEmpty();
    }
    [[nodiscard]] int killed() const { return m_killed; }

private:
    // True: it ended before it could be killed.
    [[nodiscard]] bool cutOff(const QStringList& words) {
        QProcess process;
        process.setProcessEnvironment(m_program.environment());
        process.start(spillwayctl(), words, QIODevice::ReadOnly);
        if (!process.waitForStarted()) return true;
        m_moment = (m_moment + 97) % 400;
        if (process.waitForFinished(60 + m_moment)) return true;
        ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
        process.waitForFinished();
        ++m_killed;
        return false;
    }
    [[nodiscard]] QStringList wordsFor(const QString& plan, const QString& action) const {
        const auto what = action.isEmpty() ? QStringList{QStringLiteral("--apply"), plan}
                                           : QStringList{QStringLiteral("--resume"), action};
        return m_program.words(QStringLiteral("replay"),
                               what + QStringList{QStringLiteral("--reason"), QStringLiteral("a test")},
                               QStringLiteral("staging"));
    }
    // The action that a person would resume: the newest one, where it was cut off or has halted by itself.
    [[nodiscard]] QString unfinished() const {
        const auto audit = documentOf(
            m_program.ctl({QStringLiteral("audit"), QStringLiteral("list"), QStringLiteral("--json")}));
        const auto newest = audit[QLatin1StringView("records")].toArray().first().toObject();
        const QString outcome = newest[QLatin1StringView("outcome")].toString();
        const bool open =
            outcome == QLatin1StringView("interrupted") || outcome == QLatin1StringView("halted");
        if (outcome == QLatin1StringView("halted"))
            qInfo("halted: %s", qPrintable(newest[QLatin1StringView("halt_reason")].toString()));
        return open ? newest[QLatin1StringView("id")].toString() : QString();
    }

    const ActingProgram& m_program;
    int m_killed = 0, m_moment = 0;
};

// Of one loop: a short one in CI, a long one where SPILLWAY_LONG_TESTS=1.
inline int killsWanted() {
    return qEnvironmentVariableIntValue("SPILLWAY_LONG_TESTS") == 1 ? 200 : 10;
}

// QtTest's own patience with one function; read when the first one begins.
inline const bool longLoopMayTakeLong = killsWanted() > 10 && qputenv("QTEST_FUNCTION_TIMEOUT", "3600000");

}  // namespace spillway::test
