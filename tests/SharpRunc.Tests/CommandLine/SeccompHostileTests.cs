using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Core.Seccomp;
using SharpRunc.Tests.Explaining;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.CommandLine;

/// <summary>Files and arguments that nobody means well: sharprunc seccomp refuses them in its own words.</summary>
internal sealed class SeccompHostileTests : SeccompCommand
{
    private static readonly string[] Arguments = ["99999999999999999999", "0x", "-", "é", "", "_", "-9223372036854775808", "0b1", "1 2",
        "\n"];

    [Test]
    public void Hostile_arguments_are_refused_or_explained()
    {
        foreach (string argument in Arguments)
            foreach (string[] args in new[] { new[] { Docker, argument }, [Docker, "clone", argument],
                [Docker, "clone", "--arch", argument], [Docker, "clone", "--for", argument], [Docker, "clone", "--kernel", argument],
                    [Docker, "clone", "--cap", argument] })
            {
                Binary.Result result = Run(["explain", .. args]);
                Assert.That(result.ExitCode, Is.InRange(0, 1), string.Join(' ', args));
                Assert.That(result.Error, Does.Not.Contain("internal error"), string.Join(' ', args));
            }
    }

    /// <summary>In this process, where thousands fit; a few by the program itself.</summary>
    [Test]
    public void Mutated_profiles_are_refused_or_explained()
    {
        Mutator mutator = new();
        foreach (string file in new[] { Docker, Moby, Repository.Data("bundles", "podman-default.json"), Profiles.Podman })
            if (File.Exists(file))
                mutator.Add(File.ReadAllBytes(file));
        int read = 0;
        Dice.Roll(1500, dice =>
        {
            byte[] json = mutator.Mutant(dice);
            try
            {
                ProfileDocument document = ProfileReader.Read("p", json, Profiles.Host);
                FindingsText.Json(ProfileCheck.Run(document, Architecture.X86_64, KernelSupport.OfThisKernel));
                ProfileEvaluator evaluator = new(document, Architecture.X86_64);
                read++;
                ExplanationJson.Write(Explanation.Explain(evaluator, "clone", new ulong?[6], Architecture.All), evaluator);
                if (dice.Once(10))
                {
                    AnnotatedListing.Write(evaluator);
                    DifferenceText.Write(ProfileDifference.Compare(evaluator, Profiles.OfFile("bundles/docker-default.json")), evaluator);
                }
            }
            catch (ContainerException e)
            {
                Assert.That(e.Message, Does.StartWith("p"));
            }
        });
        Assert.That(read, Is.InRange(100, 1400));
        Dice.Roll(20, dice =>
        {
            File.WriteAllBytes(work["p"], mutator.Mutant(dice));
            foreach (string command in new[] { "check", "compile" })
                Assert.That(Run(command, work["p"]).Error, Does.Not.Contain("internal error"),
                    Encoding.UTF8.GetString(File.ReadAllBytes(work["p"])));
        });
    }

    /// <summary>As much as the reader takes, of everything that grows.</summary>
    [Test]
    public void The_largest_profiles_are_done_with_in_the_memory_that_there_is()
    {
        string names = string.Join(',', Enumerable.Range(0, 30000).Select(i => $"\"x{i}\"")),
            all = string.Join(',', Enumerable.Range(0, SyscallTable.Count).Select(i => $"\"{SyscallTable.Name(i)}\""));
        string architectures = string.Join(',', Architecture.All.Select(architecture => $"\"{architecture.Name}\""));
        string rules = string.Join(',', Enumerable.Range(0, 60)
            .Select(
                i =>
                    $$"""{ "names": [{{all}}], "action": "SCMP_ACT_LOG", "args": [{ "index": {{i % 6}}, "op": "SCMP_CMP_MASKED_EQ", "value": {{ulong.MaxValue - (ulong)i}}, "valueTwo": {{i}} }] }"""));
        List<string> files =
        [
            Write("names", $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": [{{names}}], "action": "SCMP_ACT_LOG" }] }"""),
            Write("rules", $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": [{{architectures}}], "syscalls": [{{rules}}] }"""),
            Write("long", "{" + new string(' ', ProfileReader.MaxBytes) + "}"),
        ];
        foreach (string file in files)
            foreach (string command in new[] { "check", "compile" })
                Assert.That(Run(command, file).Error, Does.Not.Contain("internal error").And.Not.Contain("OutOfMemory"), file);
        Assert.That(Run("check", files[2]).Error, Does.Contain("long"));
    }
}
