// The program's own log: $XDG_STATE_HOME/spillway/<program>.log (else ~/.local/state/…), 1 MB and two older
// ones, mode 0600. Every line, wherever it comes from (spdlog, Qt's messages, an exception that nobody
// caught), passes the redactor; control characters are made visible, so that no text can pose as a second
// line.
#pragma once

#include <QString>
#include <QStringList>
#include <memory>

namespace spdlog::sinks {
class sink;
}

namespace spillway {

[[nodiscard]] QString logFilePath(const QString& program);  // "spillwayctl"

// As a line of the log has it.
[[nodiscard]] QString logText(const QString& text);

// Any thread. Null where the folder cannot be written: a program runs without its log.
[[nodiscard]] std::shared_ptr<spdlog::sinks::sink> logFileSink(const QString& path);

// From now on Qt's messages go to spdlog's default logger, and what would end the program with the words of
// an exception says them redacted.
void routeMessagesToLog();

// The last ones, oldest first; empty where there is no log.
[[nodiscard]] QStringList lastLogLines(const QString& path, int most);

}  // namespace spillway
