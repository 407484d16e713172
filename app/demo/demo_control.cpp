#include "app/demo/demo_control.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>
#include <QStandardPaths>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString commandLineProgram() {
    const QString beside = QCoreApplication::applicationDirPath() + u"/spillwayctl"_s;
    return QFile::exists(beside) ? beside : QStandardPaths::findExecutable(u"spillwayctl"_s);
}

}  // namespace

DemoLauncher::DemoLauncher(QString program, QObject* parent)
    : QObject(parent), m_program(program.isEmpty() ? commandLineProgram() : std::move(program)) {
    connect(&m_process, &QProcess::finished, this, [this](int code) { finished(code); });
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) fail(m_process.errorString());
    });
}

DemoLauncher::~DemoLauncher() {
    disconnect(&m_process, nullptr, this, nullptr);
    if (m_process.state() == QProcess::NotRunning) return;
    m_process.terminate();
    m_process.waitForFinished(1000);
}

void DemoLauncher::start() {
    m_starting = true;
    run({u"demo"_s, u"up"_s, u"--json"_s});
}

void DemoLauncher::stop() {
    m_starting = false;
    run({u"demo"_s, u"down"_s});
}

void DemoLauncher::run(const QStringList& arguments) {
    if (m_process.state() != QProcess::NotRunning) return;  // its answer is still to come
    m_process.start(m_program, arguments, QIODevice::ReadOnly);
}

void DemoLauncher::finished(int code) {
    if (code != 0 || m_process.exitStatus() != QProcess::NormalExit)
        return fail(QString::fromUtf8(m_process.readAllStandardError()).trimmed());
    if (!m_starting) return emit stopped();
    const auto document = QJsonDocument::fromJson(m_process.readAllStandardOutput());
    if (const auto endpoints = demoFromJson(document.object())) return emit ready(*endpoints);
    fail(u"its answer could not be read"_s);
}

void DemoLauncher::fail(const QString& said) {
    const QString what =
        m_starting ? u"The demo could not be started."_s : u"The demo could not be stopped."_s;
    emit failed({FailureKind::internal, what, said,
                 u"Run \"spillwayctl demo\" in a terminal to see the whole story."_s});
}

}  // namespace spillway
