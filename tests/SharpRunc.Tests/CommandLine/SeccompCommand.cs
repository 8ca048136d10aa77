using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.CommandLine;

/// <summary>Runs sharprunc seccomp on profiles of engines, and on files in a directory that goes with the test.</summary>
internal abstract class SeccompCommand
{
    protected static readonly string Docker = Repository.Data("bundles", "docker-default.json"),
        Moby = Repository.Data("seccomp", "moby-2026-default.json");

    protected TemporaryDirectory work = null!;

    [SetUp]
    public void Begin() => work = new TemporaryDirectory();

    [TearDown]
    public void End() => work.Dispose();

    protected static Binary.Result Run(params string[] args) => Binary.Run(["seccomp", .. args]);

    protected string Write(string name, string json)
    {
        File.WriteAllText(work[name], json);
        return work[name];
    }
}
