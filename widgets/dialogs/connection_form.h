// Everything that is kept about one connection, to be looked at and changed. Checks what it can while one
// types, and says what patterns and limits would do; stores nothing itself.
#pragma once

#include <QWidget>

#include "backends/domain/saved_connection.h"
#include "widgets/models/connection_view.h"

class QComboBox;
class QLineEdit;
class QPushButton;
class QTabWidget;

namespace spillway {

class EditTable;
class LimitsPane;
class SafeLabel;
class TextLines;
class TrialPane;

// What is typed beside the connection: for the keychain, never for the file.
struct ConnectionSecrets {
    QString password;        // empty: as it was
    QString actingPassword;  // likewise
    bool operator==(const ConnectionSecrets&) const = default;
};

// "matches 3 queues: a, b, c", by what is read of this connection now; says so where nothing is. Pure.
[[nodiscard]] QString patternPreview(const QStringList& patterns, const ConnectionView* view);

class ConnectionForm : public QWidget {
    Q_OBJECT
public:
    explicit ConnectionForm(QWidget* parent = nullptr);

    void setConnection(const SavedConnection& connection);
    // As filled in. Failure: usage, with what is wrong and where.
    [[nodiscard]] Outcome<SavedConnection> connection() const;
    [[nodiscard]] ConnectionSecrets secrets() const;
    [[nodiscard]] bool isChanged() const;
    void setFolders(const QStringList& known);
    void setViews(const ConnectionViews& views);  // for the previews
    [[nodiscard]] LimitsPane* limits() const { return m_limits; }
    [[nodiscard]] TrialPane* trial() const { return m_trial; }
    void focusName();
    void showTrial();

signals:
    void changed();
    // What these limits would have said of the last day.
    void limitsPreviewWanted(const QString& connection, const std::vector<spillway::QueueObjective>& limits);

private:
    QWidget* buildServer();
    QWidget* buildActing();
    QWidget* buildQueues();
    QWidget* buildTrial();
    void listen();
    void preview();
    void chooseColour();
    void showColour();
    [[nodiscard]] Outcome<std::vector<Invariant>> invariants() const;

    SavedConnection m_before;
    ConnectionViews m_views;
    QString m_colour;
    QTabWidget* m_tabs;
    QLineEdit *m_name, *m_url, *m_password, *m_passwordVariable, *m_system, *m_namespace;
    QComboBox *m_environment, *m_folder, *m_poll, *m_arming;
    QPushButton* m_colourButton;
    QLineEdit *m_actingUser, *m_actingPassword, *m_actingVariable;
    TextLines *m_mappings, *m_patterns;
    SafeLabel* m_patternPreview;
    EditTable* m_invariants;
    LimitsPane* m_limits;
    TrialPane* m_trial;
};

}  // namespace spillway
