// Feeds every file of the folders on the command line to the function, without libFuzzer.
#include <QDirIterator>
#include <QFile>
#include <cstdio>

#include "tests/fuzz/fuzz.h"

int main(int argc, char** argv) {
    int files = 0;
    for (int i = 1; i < argc; ++i) {
        QDirIterator inputs(QFile::decodeName(argv[i]), QDir::Files, QDirIterator::Subdirectories);
        for (; inputs.hasNext(); ++files) {
            QFile input(inputs.next());
            if (!input.open(QIODevice::ReadOnly)) return 1;
            std::printf("%s\n", qPrintable(input.fileName()));
            std::fflush(stdout);  // names the input that does not come back
            const QByteArray bytes = input.readAll();
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.constData()),
                                   static_cast<std::size_t>(bytes.size()));
        }
    }
    return files > 0 ? 0 : 1;
}
