#include "backends/checklist/checklist_store.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QSaveFile>
#include <QStandardPaths>
#include <algorithm>

#include "backends/checklist/checklist_document.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kLockWait_ms = 5000;
constexpr auto kPrivateFile = QFileDevice::ReadOwner | QFileDevice::WriteOwner;

Failure unusableFolder(const QString& folder, const QString& why) {
    return {FailureKind::permission,
            u"The folder %1 for checklists cannot be used: %2."_s.arg(visibleText(folder), why),
            {},
            u"Make it writable, or set XDG_DATA_HOME to a folder that is yours."_s};
}

Failure noChecklist(const QString& id) {
    return {FailureKind::usage,
            u"There is no checklist %1."_s.arg(visibleText(id, 60)),
            {},
            u"\"spillwayctl checklist list\" shows those of this machine."_s};
}

}  // namespace

Outcome<QByteArray> readWholeFile(const QString& path, qint64 most) {
    QFile file(path);
    const auto failed = [&](const QString& why) {
        return Failure{FailureKind::usage, u"%1 cannot be read: %2."_s.arg(visibleText(path), why), {}, {}};
    };
    if (QFileInfo(path).isDir()) return failed(u"it is a folder"_s);
    if (!file.open(QIODevice::ReadOnly)) return failed(file.errorString());
    const QByteArray bytes = file.read(most + 1);
    if (file.error() != QFileDevice::NoError) return failed(file.errorString());
    if (bytes.size() > most) return failed(u"it is larger than %1 MB"_s.arg(most >> 20));
    return bytes;
}

Outcome<EvidenceFile> readEvidenceFile(const QString& path) {
    const auto bytes = readWholeFile(path, kLargestEvidence);
    if (!bytes) return bytes.failure();
    const QFileInfo info(path);
    return EvidenceFile{*bytes, info.fileName(),
                        serverTimeFromMillis(info.lastModified().toMSecsSinceEpoch())};
}

Outcome<Done> writeWholeFile(const QString& path, const QByteArray& bytes, bool onlyOwner) {
    QSaveFile file(path);
    bool ok = file.open(QIODevice::WriteOnly);
    if (ok && onlyOwner) ok = file.setPermissions(kPrivateFile);
    ok = ok && file.write(bytes) == bytes.size() && file.commit();
    if (ok) return Done{};
    return Failure{FailureKind::permission,
                   u"%1 cannot be written: %2."_s.arg(visibleText(path), file.errorString()),
                   {},
                   u"Choose a folder that is yours and has room."_s};
}

QString ChecklistStore::defaultFolder() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + u"/spillway/checklists"_s;
}

QString ChecklistStore::fileOf(const QString& id) const {
    return m_folder + u'/' + id + u".json"_s;
}

Outcome<Done> ChecklistStore::write(const Checklist& checklist) const {
    return writeWholeFile(fileOf(checklist.id), checklistBytes(checklist), true);
}

Outcome<Done> ChecklistStore::create(const Checklist& checklist) {
    if (!QDir().mkpath(m_folder)) return unusableFolder(m_folder, u"it cannot be made"_s);
    QFile::setPermissions(m_folder, kPrivateFile | QFileDevice::ExeOwner);
    return write(checklist);
}

Outcome<Checklist> ChecklistStore::load(const QString& id) const {
    if (!isChecklistId(id) || !QFileInfo::exists(fileOf(id))) return noChecklist(id);
    const auto bytes = readWholeFile(fileOf(id), kLargestChecklist);
    if (!bytes) return bytes.failure();
    auto checklist = checklistFromBytes(*bytes);
    if (checklist) return checklist;
    return Failure{checklist.failure().kind,
                   u"%1: %2"_s.arg(visibleText(fileOf(id)), checklist.failure().what),
                   {},
                   u"Remove the file and begin a new checklist."_s};
}

Outcome<Checklist> ChecklistStore::change(const QString& id, const Change& change) {
    if (!isChecklistId(id) || !QFileInfo::exists(fileOf(id))) return noChecklist(id);
    QLockFile lock(m_folder + u"/lock"_s);
    if (!lock.tryLock(kLockWait_ms))
        return unusableFolder(m_folder, u"another process has been writing for 5 s"_s);
    auto checklist = load(id);
    if (!checklist) return checklist;
    Checklist changed = std::move(checklist).value();
    if (const auto done = change(changed); !done) return done.failure();
    if (const auto written = write(changed); !written) return written.failure();
    return changed;
}

Outcome<ChecklistStore::Listing> ChecklistStore::list() const {
    Listing listing;
    const QDir folder(m_folder);
    if (folder.exists() && !folder.isReadable()) return unusableFolder(m_folder, u"it cannot be read"_s);
    for (const auto& name : folder.entryList({u"c-*.json"_s}, QDir::Files)) {
        auto checklist = load(name.chopped(5));
        if (checklist)
            listing.checklists.push_back(std::move(checklist).value());
        else
            listing.unreadable << checklist.failure().sentence();
    }
    std::sort(listing.checklists.begin(), listing.checklists.end(), [](const auto& one, const auto& other) {
        return one.created != other.created ? one.created > other.created : one.id < other.id;
    });
    return listing;
}

}  // namespace spillway
