// The one way to the terminal: whatever is printed, a server's words, a name from a file or a log line,
// cannot make it do anything. Control, bidi and other invisible characters come out as visible escapes
// ("\x1b",
// "\u202e"); beyond ASCII these are JSON's own, so that a document stays valid. Newline and tab pass, and
// the colours of `painted`; other sequences of our own go through terminalControl().
#pragma once

#include <QFileDevice>
#include <QString>
#include <QStringDecoder>
#include <QTextStream>
#include <memory>

namespace spdlog::sinks {
class sink;
}

namespace spillway {

[[nodiscard]] QString terminalText(const QString& text);

// Wraps an open device; neither owns nor closes it. Unbuffered: each write is flushed. One thread.
class SafeOutput final : public QIODevice {
public:
    explicit SafeOutput(QFileDevice& device);
    ~SafeOutput() override;
    void writeControl(const char* sequence);

protected:
    qint64 readData(char* data, qint64 most) override;
    qint64 writeData(const char* data, qint64 size) override;

private:
    QFileDevice& m_device;
    QStringDecoder m_decoder{QStringConverter::Utf8};
    QString m_begun;  // an escape sequence whose end is not here yet
};

// "\r\x1b[K" and the like: past the filter where there is one.
void terminalControl(QTextStream& stream, const char* sequence);

// spdlog's lines to stderr, through the same filter.
[[nodiscard]] std::shared_ptr<spdlog::sinks::sink> safeLogSink();

}  // namespace spillway
