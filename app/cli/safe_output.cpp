#include "app/cli/safe_output.h"

#include <spdlog/sinks/base_sink.h>
#include <QFileDevice>
#include <QRegularExpression>
#include <cstdio>
#include <mutex>

#include "app/cli/printers/text_table.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kLongestColour = 5;  // ESC [ 9 0 m

QString jsonEscaped(char32_t c) {
    QString out;
    for (const QChar unit : QString::fromUcs4(&c, 1))
        out += u"\\u%1"_s.arg(uint(unit.unicode()), 4, 16, QChar(u'0'));
    return out;
}

// The sequence of painted() that begins at `at`, or 0.
qsizetype colourLength(QStringView text, qsizetype at) {
    static const QRegularExpression colour(u"\\G\\x1b\\[(?:0|1|31|32|33|90)m"_s);
    const auto match = colour.match(text, at);
    return match.hasMatch() ? match.capturedLength() : 0;
}

class SafeLogSink final : public spdlog::sinks::base_sink<std::mutex> {
protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t formatted;
        formatter_->format(message, formatted);
        const auto line = QString::fromUtf8(formatted.data(), static_cast<qsizetype>(formatted.size()));
        const QByteArray safe = terminalText(line).toUtf8();
        std::fwrite(safe.constData(), 1, static_cast<size_t>(safe.size()), stderr);
    }
    void flush_() override { std::fflush(stderr); }
};

}  // namespace

QString terminalText(const QString& text) {
    QString out;
    out.reserve(text.size());
    for (qsizetype at = 0; at < text.size(); ++at) {
        const QChar unit = text[at];
        if (unit == u'\n' || unit == u'\t' || (unit >= u' ' && unit < u'\x7f')) {
            out += unit;
            continue;
        }
        if (const auto length = unit == u'\x1b' ? colourLength(text, at) : 0) {
            out += QStringView(text).mid(at, length);
            at += length - 1;
            continue;
        }
        const bool pair = unit.isHighSurrogate() && at + 1 < text.size() && text[at + 1].isLowSurrogate();
        const char32_t c = pair ? QChar::surrogateToUcs4(unit, text[at + 1]) : unit.unicode();
        at += pair ? 1 : 0;
        if (!isInvisible(c))
            out += QString::fromUcs4(&c, 1);
        else if (c < 0x20)
            out += u"\\x%1"_s.arg(uint(c), 2, 16, QChar(u'0'));
        else
            out += jsonEscaped(c);
    }
    return out;
}

SafeOutput::SafeOutput(QFileDevice& device) : m_device(device) {
    setOpenMode(WriteOnly | Unbuffered);
}

SafeOutput::~SafeOutput() {
    if (!m_begun.isEmpty()) m_device.write(terminalText(m_begun).toUtf8());
    m_device.flush();
}

void SafeOutput::writeControl(const char* sequence) {
    m_device.write(sequence);
    m_device.flush();
}

qint64 SafeOutput::readData(char*, qint64) {
    return -1;
}

qint64 SafeOutput::writeData(const char* data, qint64 size) {
    QString text = m_begun + QString(m_decoder(QByteArrayView(data, size)));
    const auto escape = text.lastIndexOf(u'\x1b');
    const bool cut = escape >= 0 && text.size() - escape < kLongestColour && colourLength(text, escape) == 0;
    m_begun = cut ? text.mid(escape) : QString();
    if (cut) text.truncate(escape);
    const QByteArray safe = terminalText(text).toUtf8();
    const bool written = m_device.write(safe) == safe.size() && m_device.flush();
    return written ? size : -1;
}

void terminalControl(QTextStream& stream, const char* sequence) {
    stream.flush();
    if (auto* safe = dynamic_cast<SafeOutput*>(stream.device()))
        safe->writeControl(sequence);
    else
        stream << sequence << Qt::flush;
}

std::shared_ptr<spdlog::sinks::sink> safeLogSink() {
    return std::make_shared<SafeLogSink>();
}

}  // namespace spillway
