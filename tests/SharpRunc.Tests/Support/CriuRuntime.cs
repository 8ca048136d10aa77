using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// The runtime with a criu that works, and containers that criu can write down: their stdio is /dev/null, since what is a file of
/// the host could not be found again.
/// </summary>
internal sealed class CriuRuntime : IDisposable
{
    /// <summary>Counts up in /count, ten times a second.</summary>
    public const string Counter =
        "i=$(cat /count 2>/dev/null || echo 0); while :; do i=$((i+1)); echo $i >/count.new; mv /count.new /count; sleep 0.05; done";

    private readonly List<string> environment;
    private int number;

    public CriuRuntime()
    {
        environment = WorkingCriu.Environ;
        Runtime = Runtime.Create();
    }

    public Runtime Runtime { get; }

    /// <summary>The runtime's words in a shell's command.</summary>
    public string Command => $"/usr/bin/env {string.Join(' ', WorkingCriu.Environ)} {Runtime.Program} --root {Runtime.Root}";

    public string Images => Path.Combine(Runtime.Work, "images");

    public void Dispose() => Runtime.Dispose();

    /// <summary>A bundle that counts; disposed with the runtime.</summary>
    public Bundle NewBundle(string script = Counter) => Runtime.NewBundle("sh", "-c", script);

    /// <summary>Runs it detached.</summary>
    public string Start(Bundle bundle)
    {
        string id = Runtime.NewId();
        Run("run", "--detach", "--bundle", bundle.Write().Path, id).Expect(0);
        return id;
    }

    /// <summary>As <see cref="Runtime.Run"/>, but the stdio is /dev/null: what is said is in the log.</summary>
    public Result Run(params string[] arguments)
    {
        string log = Path.Combine(Runtime.Work, $"criu{++number}.log");
        string[] command = [Runtime.Program, "--root", Runtime.Root, "--log", log, .. arguments];
        int exit = Child.Start(command, environment: environment).Wait(TimeSpan.FromSeconds(60));
        return new Result(string.Join(' ', command), exit, "", File.Exists(log) ? File.ReadAllText(log) : "");
    }

    public Result Checkpoint(string id, params string[] flags) => Run(["checkpoint", "--image-path", Images, .. flags, id]);

    public Result Restore(string id, Bundle bundle, params string[] flags)
        => Run(["restore", "--detach", "--image-path", Images, "--bundle", bundle.Path, .. flags, id]);

    /// <summary>Nothing is left of a restore that failed, and another one succeeds.</summary>
    public void RestoresCleanly(string id, Bundle bundle)
    {
        bundle.Config.Remove("hooks");
        Assert.That(Directory.GetFileSystemEntries(Runtime.Root), Is.Empty);
        Restore(id, bundle.Write()).Expect(0);
        CountsOn(bundle);
    }

    /// <summary>Of the process, without the ids and device numbers that differ each time, sorted.</summary>
    public static string[] Mounts(int pid)
    {
        string[] lines = File.ReadAllLines($"/proc/{pid}/mountinfo");
        for (int i = 0; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split(' '), kind = lines[i].Split(" - ");
            // The null of a mask is on a file system of the host's before, and on the container's own afterwards.
            lines[i] = string.Join(' ', fields[3], fields[4], fields[5], fields[3] == "/null" ? "" : kind[1]);
        }
        Array.Sort(lines, string.CompareOrdinal);
        return lines;
    }

    /// <summary>How far the bundle's program has counted.</summary>
    public static int Count(Bundle bundle)
    {
        string file = Path.Combine(bundle.Rootfs, "count");
        return File.Exists(file) ? int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Waits until it has counted on.</summary>
    public static int CountsOn(Bundle bundle)
    {
        int before = Count(bundle);
        return SpinWait.SpinUntil(() => Count(bundle) > before + 1, 10_000) ? before
            : throw new TimeoutException("the program does not count");
    }
}
