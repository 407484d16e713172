// Writes incident reports on a thread of its own; tells when one is there. GUI thread.
#pragma once

#include <QObject>
#include <QThread>
#include <functional>
#include <memory>

#include "backends/domain/connection_settings.h"
#include "backends/domain/failure.h"
#include "widgets/dialogs/report_dialog.h"

namespace spillway {

class ReportDesk : public QObject {
    Q_OBJECT
public:
    using SettingsOf = std::function<std::optional<ConnectionSettings>(const QString& name)>;

    using HistoryOf = std::function<QString(const QString& connection)>;  // the path; of none: the usual one

    // `redactionFile`: read anew for each report.
    ReportDesk(SettingsOf settingsOf, HistoryOf historyOf, QString journal, QString redactionFile,
               QObject* parent = nullptr);
    ~ReportDesk() override;  // waits for the one being written

    void write(const ReportWish& wish);  // answered with written() or failed(); refused while one is written

signals:
    void written(const QStringList& paths, const QString& note);  // `note`: what is missing; else empty
    void failed(const QString& title, const spillway::Failure& failure);

private:
    SettingsOf m_settingsOf;
    HistoryOf m_historyOf;
    QString m_journal, m_redactionFile;
    std::unique_ptr<QThread> m_thread;
};

}  // namespace spillway
