using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

/// <summary>
/// Configs that are almost right, through all that create decides before it makes anything: an answer or an error that says where, in no
/// time; and what is taken is as the specification's schema has it, so nothing wrong was passed over. 200,000, or as many as a minute
/// holds; `make soak` insists on all.
/// </summary>
internal sealed class MutantSoakTests
{
    private const int Many = 200_000, AtLeast = 20_000;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(60);

    /// <summary>On a machine that has other things to do too.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly bool Soak = Environment.GetEnvironmentVariable("SOAK") is not null;

    /// <summary>Where we are, on purpose, more lenient than the schema.</summary>
    private static readonly string[] Lenient =
    [
        "/fileMode: ", // as stat(2) tells it, file type included
        "/linux/rootfsPropagation: ", // rslave and its like, which the schema forgot
        "/linux/seccomp: defaultAction is required", // an empty profile is none, as Docker writes it
        "; got null", // of objects and arrays: absent, as Go writes it
        "/linux/resources/pids: limit is required", // nothing is limited
        "/zos", "/windows", "/solaris", "/vm", "/freebsd", "/process/commandLine", "/process/user/username", // not Linux's
    ];

    [Test]
    public void A_mutant_is_an_answer_or_an_error_that_says_where_and_what_is_taken_is_as_the_schema_has_it()
    {
        Mutator configs = new();
        foreach (string file in SampleFiles.Bundles.Concat(SampleFiles.GoodConfigs))
            if (!file.EndsWith("process.json", StringComparison.Ordinal))
                configs.Add(SampleFiles.Read(file));
        configs.Add(Encoding.UTF8.GetBytes(FullConfig.Read().ToJsonString()));
        configs.Add(SpecTemplate.Privileged(true));
        configs.Add(SpecTemplate.Rootless(1000, 1000, true));
        int taken = 0, refused = 0;
        Stopwatch clock = Stopwatch.StartNew();
        Dice.Roll(Many, dice =>
        {
            if (!Soak && clock.Elapsed > Budget)
                return;
            byte[] mutant = configs.Mutant(dice);
            long before = clock.ElapsedMilliseconds;
            if (!IsTaken(mutant))
                refused++;
            else if (++taken % (Soak ? 1 : 10) == 0)
                IsAsTheSchemaHasIt(mutant);
            if (clock.ElapsedMilliseconds - before > Patience.TotalMilliseconds)
                Assert.Fail($"{clock.ElapsedMilliseconds - before} ms for {Encoding.UTF8.GetString(mutant)}");
        });
        TestContext.Out.WriteLine($"{taken} taken, {refused} refused in {clock.ElapsedMilliseconds} ms");
        Assert.That(taken + refused, Soak ? Is.EqualTo(Many) : Is.GreaterThan(AtLeast));
        Assert.That(taken, Is.GreaterThan((taken + refused) / 20), "or the mutants are too wild");
        Assert.That(refused, Is.GreaterThan((taken + refused) / 4), "or too tame");
    }

    [Test]
    public void A_mutant_of_exec_s_process_or_of_update_s_resources_too()
    {
        Mutator processes = new(), resources = new();
        processes.Add(SampleFiles.Read("bundles/cri-exec-process.json"));
        processes.Add(Encoding.UTF8.GetBytes(FullConfig.Read()["process"]!.ToJsonString()));
        resources.Add(Encoding.UTF8.GetBytes(FullConfig.Read()["linux"]!["resources"]!.ToJsonString()));
        resources.Add("{\"pids\":{\"limit\":1}}"u8.ToArray());
        Dice.Roll(Soak ? Many : Many / 40, dice =>
        {
            Attempt(() => ProcessRules.Check(ConfigReader.ReadProcess(processes.Mutant(dice)), "", new ValidationContext()));
            Attempt(() =>
            {
                Resources read = ConfigReader.ReadResources(resources.Mutant(dice));
                ResourceRules.Check(read, "", new ValidationContext());
                CgroupPlan.ForUpdate(read, Cgroups.Layouts.V2);
            });
        });
    }

    private static bool IsTaken(byte[] json) => Attempt(() =>
    {
        Config config = ConfigReader.Read(json);
        ConfigRules.Check(config, new ValidationContext());
        SeccompCompiler.Compile(config.Linux.Seccomp);
        CapabilityPlan.From(config.Process?.Capabilities, CapabilityPlan.All);
        NamespacePlan.From(config.Linux.Namespaces, unprivileged: false);
        // A resource that one version of cgroups cannot hold is an error of that one.
        foreach (CgroupLayout layout in new[] { Cgroups.Layouts.V1, Cgroups.Layouts.V2 })
            Attempt(() =>
            {
                CgroupPath.In(layout.Hierarchies[0], layout.Kind, config.Linux.CgroupsPath, "id");
                CgroupPlan.From(config.Linux.Resources, layout, config.Linux.Devices);
            });
    });

    /// <summary>Any other exception is the crash of a runtime.</summary>
    private static bool Attempt(Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (ContainerException e) when (e.Pointer is { } pointer
            && (pointer.Length == 0 ? e.Message.Contains(".json:", StringComparison.Ordinal) : pointer[0] == '/')
            && e.Message.Length < 4000)
        {
            return false;
        }
    }

    /// <summary>The schema knows a key in one spelling only.</summary>
    private static void IsAsTheSchemaHasIt(byte[] json)
    {
        ReaderNotes notes = new();
        Attempt(() => ConfigReader.Read(json, notes));
        if (notes.Warnings.Any(static warning => warning.Contains("as the specification spells it", StringComparison.Ordinal)))
            return;
        IEnumerable<string> errors = JsonSchema.Config.Errors(Encoding.UTF8.GetString(json)).Where(error => !Lenient.Any(error.Contains));
        foreach (string error in errors)
            Assert.Fail($"taken, but {error}");
    }
}
