#include "backends/diagnostics/log_file.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>

#include "backends/domain/connection_settings.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t kLogBytes = 1 << 20;
constexpr size_t kOlderLogs = 2;
constexpr qint64 kTailBytes = 64 << 10;
constexpr qsizetype kLongestLogLine = 4'000;

// Redacts the message, not the finished line: time and level are ours.
class RedactingFileSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit RedactingFileSink(const QString& path) : m_path(path) { open(); }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const std::string text =
            logText(QString::fromUtf8(message.payload.data(), static_cast<qsizetype>(message.payload.size())))
                .toStdString();
        spdlog::details::log_msg clean = message;
        clean.payload = text;
        m_file->log(clean);
        onlyMine();  // it may be a new file
    }
    void flush_() override { m_file->flush(); }

private:
    void open() {
        m_file = std::make_unique<spdlog::sinks::rotating_file_sink_st>(m_path.toStdString(), kLogBytes,
                                                                        kOlderLogs);
        m_file->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %P %l %v");
        onlyMine();
    }
    void onlyMine() const { QFile::setPermissions(m_path, QFile::ReadOwner | QFile::WriteOwner); }

    QString m_path;
    std::unique_ptr<spdlog::sinks::rotating_file_sink_st> m_file;
};

void toLog(QtMsgType type, const QMessageLogContext&, const QString& message) {
    static constexpr auto level = [](QtMsgType of) {
        switch (of) {
            case QtDebugMsg:
                return spdlog::level::debug;
            case QtInfoMsg:
                return spdlog::level::info;
            case QtWarningMsg:
                return spdlog::level::warn;
            default:
                return spdlog::level::critical;
        }
    };
    spdlog::log(level(type), "{}", logText(message).toStdString());
    if (type != QtFatalMsg) return;
    spdlog::default_logger()->flush();
    std::abort();
}

[[noreturn]] void sayAndAbort() {
    QString said = u"no exception"_s;
    try {
        if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        said = QString::fromUtf8(error.what());
    } catch (...) {
        said = u"an exception of an unknown kind"_s;
    }
    const std::string line = "Spillway ends by a fault of its own: " + logText(said).toStdString();
    spdlog::critical("{}", line);
    spdlog::default_logger()->flush();
    std::abort();
}

}  // namespace

QString logFilePath(const QString& program) {
    const QString state = QFile::decodeName(qgetenv("XDG_STATE_HOME"));
    const QString base = state.startsWith(u'/') ? state : QDir::homePath() + u"/.local/state"_s;
    return u"%1/spillway/%2.log"_s.arg(base, program);
}

QString logText(const QString& text) {
    return visibleText(withoutSecrets(text), kLongestLogLine);
}

std::shared_ptr<spdlog::sinks::sink> logFileSink(const QString& path) {
    QDir().mkpath(QFileInfo(path).absolutePath());
    try {
        return std::make_shared<RedactingFileSink>(path);
    } catch (const spdlog::spdlog_ex&) {
        return nullptr;
    }
}

void routeMessagesToLog() {
    qInstallMessageHandler(&toLog);
    std::set_terminate(&sayAndAbort);
}

QStringList lastLogLines(const QString& path, int most) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    file.seek(std::max<qint64>(0, file.size() - kTailBytes));
    QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts);
    return lines.mid(std::max<qsizetype>(0, lines.size() - most));
}

}  // namespace spillway
