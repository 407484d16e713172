// Checklists on this machine: one JSON file each in $XDG_DATA_HOME/spillway/checklists (0700, files 0600),
// written whole or not at all. Several processes may write: a change happens under a lock. Blocks; any
// thread.
#pragma once

#include <functional>

#include "backends/checklist/checklist.h"
#include "backends/checklist/evidence_file.h"

namespace spillway {

class ChecklistStore {
public:
    explicit ChecklistStore(QString folder) : m_folder(std::move(folder)) {}
    [[nodiscard]] static QString defaultFolder();

    [[nodiscard]] Outcome<Done> create(const Checklist& checklist);
    // Failure kind usage: there is none of this id.
    [[nodiscard]] Outcome<Checklist> load(const QString& id) const;
    // Reads it, lets `change` change it, writes it; nobody comes in between. What `change` fails with is
    // passed on, and nothing is written then.
    using Change = std::function<Outcome<Done>(Checklist&)>;
    [[nodiscard]] Outcome<Checklist> change(const QString& id, const Change& change);

    struct Listing {
        std::vector<Checklist> checklists;  // newest first
        QStringList unreadable;             // a sentence for each file that is none, or was edited
    };
    [[nodiscard]] Outcome<Listing> list() const;

private:
    [[nodiscard]] QString fileOf(const QString& id) const;
    [[nodiscard]] Outcome<Done> write(const Checklist& checklist) const;
    QString m_folder;
};

// An exported file, read and written whole. Failure kinds usage (cannot be read, or is none) and protocol
// (it was edited).
[[nodiscard]] Outcome<QByteArray> readWholeFile(const QString& path, qint64 most);
[[nodiscard]] Outcome<EvidenceFile> readEvidenceFile(const QString& path);
[[nodiscard]] Outcome<Done> writeWholeFile(const QString& path, const QByteArray& bytes, bool onlyOwner);

}  // namespace spillway
