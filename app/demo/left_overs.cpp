#include "app/demo/left_overs.h"

#include <unistd.h>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include "app/demo/process_identity.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// The mark must be our own file: in a directory of somebody else nobody can plant one for us.
bool belongsToTheDead(const QFileInfo& directory) {
    const QFileInfo mark(directory.filePath() + u'/' + QLatin1StringView(kOwnerFile));
    if (directory.isSymLink() || mark.isSymLink() || !mark.isFile() || mark.ownerId() != ::geteuid())
        return false;
    QFile file(mark.filePath());
    if (!file.open(QIODevice::ReadOnly)) return false;
    const auto owner = ProcessIdentity::fromText(QString::fromLatin1(file.read(100)));
    return owner && !owner->alive();
}

}  // namespace

QStringList removeLeftOvers() {
    QStringList removed;
    const auto entries =
        QDir(QDir::tempPath()).entryInfoList({u"spillway-*"_s}, QDir::Dirs | QDir::NoDotAndDotDot);
    for (const auto& entry : entries)
        if (belongsToTheDead(entry) && QDir(entry.filePath()).removeRecursively())
            removed << entry.filePath();
    return removed;
}

}  // namespace spillway
