using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// A criu that can do everything and does nothing: it writes down what it is asked, notifies of what it is told to, and says yes. For
/// requests that this kernel's criu would refuse.
/// </summary>
internal sealed class FakeCriu
{
    private const string Python = "/usr/bin/python3";

    // Version 4.1, every feature; then the options, one a line, nested messages as hex; then the notifications; then success.
    private const string Script = """
        #!/usr/bin/python3
        import os, socket, sys
        sock = socket.socket(fileno=int(sys.argv[2]))
        def varint(b, i):
            value = shift = 0
            while True:
                value |= (b[i] & 127) << shift; shift += 7; i += 1
                if b[i - 1] < 128: return value, i
        def fields(b):
            i = 0
            while i < len(b):
                key, i = varint(b, i)
                value, i = varint(b, i)
                if key & 7 == 2: value, i = b[i:i + value], i + value
                yield key >> 3, value
        def text(b): return bytes([10, len(b)]) + b
        while True:
            request = dict(fields(sock.recv(1 << 20)))
            kind = request[1]
            if kind == 10:
                sock.send(bytes([8, 10, 16, 1, 82, 4, 8, 4, 16, 1]))
            elif kind == 9:
                sock.send(bytes([8, 9, 16, 1, 66, 4, 8, 1, 16, 1]))
            else:
                break
        with open(sys.argv[0] + '.asked', 'w') as out:
            print('type', kind, file=out)
            for field, value in fields(request[2]):
                print(field, value if isinstance(value, int) else value.decode() if value.isascii() and value.decode().isprintable() else value.hex(), file=out)
        for script in SCRIPTS:
            notify = text(script)
            sock.send(bytes([8, 6, 16, 1, 42, len(notify)]) + notify)
            answer = dict(fields(sock.recv(1 << 20)))
            assert answer == {1: 6, 3: 1}, answer
        sock.send(bytes([8, kind, 16, 1]))
        """;

    private readonly string program;

    /// <param name="scripts">The notifications that it sends.</param>
    public FakeCriu(Runtime runtime, params string[] scripts)
    {
        if (!File.Exists(Python))
            Assert.Ignore($"{Python} is not installed");
        string directory = Directory.CreateDirectory(Path.Combine(runtime.Work, "fake")).FullName;
        program = Path.Combine(directory, "criu");
        File.WriteAllText(program,
            Script.Replace("SCRIPTS", $"[{string.Join(", ", Array.ConvertAll(scripts, s => $"b'{s}'"))}]", StringComparison.Ordinal));
        File.SetUnixFileMode(program, (UnixFileMode)0x1ED);
        Environ = [$"PATH={directory}:/usr/bin:/bin"];
    }

    public List<string> Environ { get; }

    /// <summary><c>field value</c> of criu_opts, after <c>type n</c>.</summary>
    public string[] Asked => File.ReadAllLines(program + ".asked");
}
