#include "app/demo/demo_control.h"

#include <sys/prctl.h>
#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>
#include <QStandardPaths>
#include <csignal>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString commandLineProgram() {
    const QString beside = QCoreApplication::applicationDirPath() + u"/spillwayctl"_s;
    return QFile::exists(beside) ? beside : QStandardPaths::findExecutable(u"spillwayctl"_s);
}

Failure notRun(const QString& program, const QString& why) {
    const QString next = u"Put it beside the program spillway, or into a folder of PATH."_s;
    if (program.isEmpty())
        return {FailureKind::usage, u"The demo is run by spillwayctl, which is not found."_s, {}, next};
    return {
        FailureKind::internal, u"%1, which runs the demo, does not start: %2"_s.arg(program, why), {}, next};
}

}  // namespace

DemoLauncher::DemoLauncher(QString program, QObject* parent)
    : QObject(parent), m_program(program.isEmpty() ? commandLineProgram() : std::move(program)) {
    // A window that crashes takes its demo with it.
    m_process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &DemoLauncher::readAnswer);
    connect(&m_process, &QProcess::finished, this, [this](int code) { finished(code); });
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) emit failed(notRun(m_program, m_process.errorString()));
    });
}

DemoLauncher::~DemoLauncher() {
    disconnect(&m_process, nullptr, this, nullptr);
    if (!ownsDemo()) return;
    m_process.terminate();
    m_process.waitForFinished(10'000);
}

void DemoLauncher::start() {
    if (ownsDemo() && m_ready) emit ready(*m_ready);
    if (ownsDemo()) return;  // else its answer is still to come
    m_answer.clear();
    m_ready.reset();
    m_process.start(m_program, {u"demo"_s, u"--json"_s}, QIODevice::ReadOnly);
}

void DemoLauncher::readAnswer() {
    m_answer += m_process.readAllStandardOutput();
    if (m_ready || !m_answer.contains('\n')) return;
    const auto document = QJsonDocument::fromJson(m_answer);
    const auto endpoints = demoFromJson(document.object());
    if (!endpoints) return fail(u"its answer could not be read"_s);
    m_ready = endpoints;
    emit ready(*endpoints);
}

void DemoLauncher::finished(int code) {
    readAnswer();
    const bool joined = m_ready && code == 0;  // somebody else's demo: it printed where it is and left
    if (!m_ready)
        fail(QString::fromUtf8(m_process.readAllStandardError()).trimmed());
    else if (!joined)
        emit ended();
}

void DemoLauncher::fail(const QString& said) {
    emit failed({FailureKind::internal,
                 said.isEmpty() ? u"The demo could not be started."_s
                                : u"The demo could not be started: %1"_s.arg(visibleText(said, 600)),
                 {},
                 u"Run \"spillwayctl demo\" in a terminal to see the whole story."_s});
}

}  // namespace spillway
