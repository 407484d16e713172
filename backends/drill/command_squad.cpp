#include "backends/drill/command_squad.h"

#include <unistd.h>
#include <QEventLoop>
#include <QProcess>
#include <QTimer>
#include <csignal>
#include <memory>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kTail = 400;  // bytes of output that a sentence may quote

// Waits for the starting shot on its standard input, so that all begin together.
constexpr auto kShell = "IFS= read -r shot; exec </dev/null; eval \"$SPILLWAY_COMMAND\"";

class SquadMember {
public:
    SquadMember(const QString& command, int number, QProcessEnvironment environment, qint64 outputLimit)
        : m_outputLimit(outputLimit) {
        environment.insert(u"SPILLWAY_PROCESS"_s, QString::number(number));
        environment.insert(u"SPILLWAY_COMMAND"_s, command);
        m_process.setProcessEnvironment(environment);
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.setChildProcessModifier([] { ::setsid(); });
        QObject::connect(&m_process, &QProcess::readyReadStandardOutput, &m_process, [this] { listen(); });
    }
    ~SquadMember() {
        kill({});
        m_process.waitForFinished(1000);
    }
    SquadMember(const SquadMember&) = delete;
    SquadMember& operator=(const SquadMember&) = delete;

    QProcess& process() { return m_process; }
    void start() {
        m_process.start(u"/bin/sh"_s, {u"-c"_s, QString::fromLatin1(kShell)});
        if (m_process.waitForStarted()) m_group = static_cast<pid_t>(m_process.processId());
    }
    void shoot() {
        m_process.write("go\n");
        m_process.closeWriteChannel();
    }
    // The whole group: also what the command has started, even when the shell itself is gone.
    void kill(const QString& why) {
        if (m_why.isEmpty()) m_why = why;
        if (m_group > 0) ::kill(-m_group, SIGKILL);
    }
    [[nodiscard]] ProcessEnd end() {
        listen();
        if (!m_why.isEmpty()) return {-1, m_why};
        if (m_process.exitStatus() != QProcess::NormalExit) return {-1, said(u"It was killed by a signal"_s)};
        const int code = m_process.exitCode();
        if (code == 0) return {};
        if (code == 127) return {code, said(u"The command was not found"_s)};
        return {code, said(u"It ended with exit code %1"_s.arg(code))};
    }

private:
    void listen() {
        const QByteArray bytes = m_process.readAllStandardOutput();
        m_printed += bytes.size();
        m_tail = (m_tail + bytes).right(kTail);
        if (m_printed > m_outputLimit)
            kill(u"It printed more than %1 MB and was ended."_s.arg(m_outputLimit >> 20));
    }
    [[nodiscard]] QString said(const QString& what) const {
        const QByteArray tail = m_tail.trimmed();
        return tail.isEmpty() ? what + u'.' : u"%1: %2"_s.arg(what, visibleText(tail, 300));
    }

    QProcess m_process;
    pid_t m_group = 0;
    qint64 m_outputLimit;
    qint64 m_printed = 0;
    QByteArray m_tail;
    QString m_why;
};

}  // namespace

std::vector<ProcessEnd> runAtOnce(const QString& command, int processes,
                                  const QProcessEnvironment& environment,
                                  const InvariantDrillSettings& limits,
                                  const std::function<bool()>& stopped) {
    std::vector<std::unique_ptr<SquadMember>> squad;
    QEventLoop loop;
    int running = 0;
    for (int number = 1; number <= processes; ++number) {
        auto member = std::make_unique<SquadMember>(command, number, environment, limits.output_limit);
        QObject::connect(&member->process(), &QProcess::finished, &loop, [&] {
            if (--running == 0) loop.quit();
        });
        ++running;
        member->start();
        squad.push_back(std::move(member));
    }
    const auto endAll = [&](const QString& why) {
        for (const auto& member : squad)
            if (member->process().state() != QProcess::NotRunning) member->kill(why);
    };
    QTimer limit, watch;
    QObject::connect(&limit, &QTimer::timeout, &loop, [&] {
        endAll(u"It did not end within %1 s and was ended."_s.arg(limits.process_limit.count() / 1000.0));
    });
    QObject::connect(&watch, &QTimer::timeout, &loop, [&] {
        if (stopped()) endAll(u"It was stopped."_s);
    });
    limit.start(limits.process_limit);
    watch.start(50);
    for (const auto& member : squad) member->shoot();
    if (running > 0) loop.exec();
    std::vector<ProcessEnd> ends;
    for (const auto& member : squad) ends.push_back(member->end());
    return ends;
}

}  // namespace spillway
