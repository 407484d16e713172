// Connections that were found on this machine or in a file, to be picked. Passwords are not shown.
#pragma once

#include <QDialog>
#include <vector>

#include "backends/domain/saved_connection.h"

class QListWidget;
class QPushButton;

namespace spillway {

class SafeLabel;

struct ImportChoice {
    SavedConnection connection;  // its URL may hold a password still: whoever saves it takes it out
    QString origin;              // "from DATABASE_URL"
};

class ImportDialog : public QDialog {
    Q_OBJECT
public:
    explicit ImportDialog(const std::vector<ImportChoice>& found, QWidget* parent = nullptr);
    void add(const std::vector<ImportChoice>& more);  // of a file; picked at once
    void tell(const QString& text);
    [[nodiscard]] QListWidget* list() const { return m_list; }

signals:
    void fileWanted(const QString& path);
    void importWanted(const std::vector<spillway::SavedConnection>& connections);

private:
    [[nodiscard]] std::vector<SavedConnection> picked() const;
    void addItem(const ImportChoice& choice, bool checked);
    void updateButton();
    void chooseFile();

    std::vector<ImportChoice> m_choices;
    QListWidget* m_list;
    SafeLabel* m_told;
    QPushButton* m_import;
};

}  // namespace spillway
