using System.IO;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rdt;

/// <summary>
/// config-linux.md#inteldrt, sentence by sentence, in a directory that looks as resctrl does: no machine of ours has the hardware. The
/// kernel would make the files of a class with its directory, and take them away with it.
/// </summary>
internal sealed class ResctrlTests
{
    private const string Id = "box";

    private TemporaryDirectory tree = null!;
    private Resctrl resctrl = null!;

    [SetUp]
    public void Begin()
    {
        tree = new();
        resctrl = new(tree.Path);
        Directory.CreateDirectory(tree["info"]);
        Directory.CreateDirectory(tree["mon_groups"]);
        File.WriteAllText(tree["info/last_cmd_status"], "ok\n");
        File.WriteAllText(tree["schemata"], "    L3:0=fffff;1=fffff\n    MB:0=100;1=100\n");
        File.WriteAllText(tree["tasks"], "1\n");
    }

    [TearDown]
    public void End() => tree.Dispose();

    [Must("intelRdt.own-directory")]
    [Must("intelRdt.tasks")]
    [Test]
    public void Without_closID_the_class_is_the_containers_id_and_its_directory_is_made()
    {
        Create("""{ "l3CacheSchema": "L3:0=f" }""");
        Assert.That(Text("box/schemata"), Is.EqualTo("L3:0=f\n"));
        Assert.That(Text("box/tasks"), Is.EqualTo("4711"));
    }

    [Must("intelRdt.removed")]
    [Test]
    public void A_directory_that_was_made_for_the_containers_id_goes_with_the_container()
    {
        RdtPlan plan = Create("""{ "enableMonitoring": true }""");
        Assert.That(resctrl.RemovedWithContainer(plan), Is.EqualTo(new[] { tree["box/mon_groups/box"], tree["box"] }));
        Vanish(plan);
        Assert.That(Directory.Exists(tree["box"]), Is.False);
        Resctrl.Remove(resctrl.RemovedWithContainer(plan)); // a second delete finds nothing
    }

    [Must("intelRdt.kept")]
    [TestCase("""{ "closID": "gold", "l3CacheSchema": "L3:0=f" }""")]
    [TestCase("""{ "closID": "/" }""")]
    public void Any_other_directory_stays(string rdt) => Assert.That(resctrl.RemovedWithContainer(Create(rdt)), Is.Empty);

    [Must("intelRdt.l3-then-mb")]
    [Must("intelRdt.schemata")]
    [Test]
    public void L3_and_MB_are_written_in_this_order_and_schemata_behind_them()
    {
        Create("""{ "schemata": ["L2:0=3", "MB:1=10"], "memBwSchema": "MB:0=20", "l3CacheSchema": "L3:0=f;1=f" }""");
        Assert.That(Text("box/schemata"), Is.EqualTo("L3:0=f;1=f\nMB:0=20\nL2:0=3\nMB:1=10\n"));
    }

    [Must("intelRdt.either")]
    [TestCase("""{ "l3CacheSchema": "L3:0=f" }""", "L3:0=f\n")]
    [TestCase("""{ "memBwSchema": "MB:0=20" }""", "MB:0=20\n")]
    [TestCase("""{ "schemata": ["L2:0=3"] }""", "L2:0=3\n")]
    public void One_of_them_alone_is_written(string rdt, string expected)
    {
        Create(rdt);
        Assert.That(Text("box/schemata"), Is.EqualTo(expected));
    }

    [Must("intelRdt.no-schema")]
    [TestCase("{}", "box/schemata")]
    [TestCase("""{ "schemata": [] }""", "box/schemata")]
    [TestCase("""{ "enableMonitoring": true }""", "box/schemata")]
    public void Without_any_of_the_three_no_schemata_file_is_written(string rdt, string file)
    {
        Create(rdt);
        Assert.That(File.Exists(tree[file]), Is.False);
        Assert.That(Text("schemata"), Does.Contain("L3:0=fffff"));
    }

    [Must("intelRdt.root")]
    [Test]
    public void A_closID_of_slash_is_the_root_of_resctrl()
    {
        Create("""{ "closID": "/", "schemata": ["L3:0=ff"] }""");
        Assert.That((Text("schemata"), Text("tasks")), Is.EqualTo(("L3:0=ff\n", "4711")));
    }

    [Must("intelRdt.made")]
    [TestCase("\"l3CacheSchema\": \"L3:0=f\"")]
    [TestCase("\"memBwSchema\": \"MB:0=20\"")]
    [TestCase("\"schemata\": [\"L2:0=3\"]")]
    public void With_closID_and_a_schema_a_missing_directory_is_made(string schema)
    {
        Create($$"""{ "closID": "gold", {{schema}} }""");
        Assert.That(Text("gold/tasks"), Is.EqualTo("4711"));
    }

    [Must("intelRdt.compare")]
    [TestCase("\"l3CacheSchema\": \"L3:0=7f\"", "l3CacheSchema")]
    [TestCase("\"l3CacheSchema\": \"L3:0=ff;1=0\"", "l3CacheSchema")]
    [TestCase("\"l3CacheSchema\": \"L3:2=ff\"", "l3CacheSchema")]
    [TestCase("\"l3CacheSchema\": \"L3CODE:0=ff\"", "l3CacheSchema")]
    [TestCase("\"memBwSchema\": \"MB:0=20\"", "memBwSchema")]
    [TestCase("\"l3CacheSchema\": \"L3:0=ff\", \"memBwSchema\": \"MB:0=20\"", "memBwSchema")]
    public void One_that_exists_with_another_schema_is_an_error(string schema, string property)
    {
        Class("gold", "    L3:0=000ff;1=000ff\n    MB:0= 70;1= 70\n");
        ContainerException e = Assert.Throws<ContainerException>(() => Create($$"""{ "closID": "gold", {{schema}} }"""))!;
        Assert.That(e.Pointer, Is.EqualTo($"/linux/intelRdt/{property}"));
        Assert.That(Text("gold/schemata"), Does.StartWith("    L3:0=000ff"));
    }

    [Must("intelRdt.compare")]
    [TestCase("\"l3CacheSchema\": \"L3:0=ff;1=ff\"")]
    [TestCase("\"l3CacheSchema\": \"L3:1=0xFF\"")]
    [TestCase("\"l3CacheSchema\": \"L3:0=ff;1=ff\", \"memBwSchema\": \"MB:0=70;1=70\"")]
    [TestCase("\"schemata\": [\"L3:0=1\"]")]
    public void One_that_exists_with_that_schema_is_joined(string schema)
    {
        Class("gold", "    L3:0=000ff;1=000ff\n    MB:0= 70;1= 70\n");
        Create($$"""{ "closID": "gold", {{schema}} }""");
        Assert.That(Text("gold/tasks"), Is.EqualTo("4711"));
    }

    [Must("intelRdt.pre-configured")]
    [Test]
    public void With_closID_alone_the_directory_must_exist_and_the_container_joins_it()
    {
        ContainerException e = Assert.Throws<ContainerException>(() => Create("""{ "closID": "gold" }"""))!;
        Assert.That((e.Pointer, Directory.Exists(tree["gold"])), Is.EqualTo(("/linux/intelRdt/closID", false)));
        Class("gold", "L3:0=ff\n");
        Create("""{ "closID": "gold" }""");
        Assert.That((Text("gold/tasks"), Text("gold/schemata")), Is.EqualTo(("4711", "L3:0=ff\n")));
    }

    [Must("intelRdt.monitoring")]
    [Must("intelRdt.monitoring-name")]
    [Must("intelRdt.monitoring-removed")]
    [TestCase("""{ "enableMonitoring": true }""", "box/mon_groups/box")]
    [TestCase("""{ "enableMonitoring": true, "closID": "gold" }""", "gold/mon_groups/box")]
    [TestCase("""{ "enableMonitoring": true, "closID": "/" }""", "mon_groups/box")]
    public void Monitoring_makes_mon_groups_ID_below_the_containers_class_and_it_goes_with_the_container(string rdt, string group)
    {
        Class("gold", "L3:0=ff\n");
        RdtPlan plan = Create(rdt);
        Assert.That(Text($"{group}/tasks"), Is.EqualTo("4711"));
        Vanish(plan);
        Assert.That(Directory.Exists(tree[group]), Is.False);
        Assert.That(Directory.Exists(tree["gold"]), Is.True);
    }

    [Must("intelRdt.monitoring-fails")]
    [Test]
    public void A_monitoring_group_that_cannot_be_made_is_an_error_and_leaves_no_class()
    {
        RdtPlan plan = Plan("""{ "enableMonitoring": true }""");
        File.WriteAllText(tree["info/last_cmd_status"], "no more of them\n");
        ContainerException e = Assert.Throws<ContainerException>(() => resctrl.Make(plan))!; // no mon_groups: the kernel does not monitor
        Assert.That((e.Pointer, e.Hint), Is.EqualTo(("/linux/intelRdt/enableMonitoring", "the kernel says: no more of them")));
        Assert.That(Directory.Exists(tree["box"]), Is.False);
    }

    [TestCase("""{ "enableMonitoring": true, "closID": "gold" }""", "gold/mon_groups/box", "/linux/intelRdt/enableMonitoring")]
    [TestCase("{}", "box", "/linux/intelRdt")]
    public void What_another_has_made_under_the_containers_id_is_an_error_and_stays(string rdt, string there, string pointer)
    {
        Class("gold", "L3:0=ff\n");
        Directory.CreateDirectory(tree[there]);
        Assert.That(Assert.Throws<ContainerException>(() => Create(rdt))!.Pointer, Is.EqualTo(pointer));
        Assert.That(Directory.Exists(tree[there]), Is.True);
    }

    [TestCase("info")]
    [TestCase("mon_groups")]
    [TestCase("mon_data")]
    public void A_directory_of_resctrls_own_is_no_class(string name)
        => Assert.That(Assert.Throws<ContainerException>(() => Create($$"""{ "closID": "{{name}}" }"""))!.Message,
            Does.Contain("reserved by resctrl"));

    [Test]
    public void Update_writes_to_the_class_of_the_container()
    {
        RdtPlan plan = Create("""{ "l3CacheSchema": "L3:0=f" }""");
        resctrl.Change(plan, ["L3:0=3", "MB:0=50"]);
        Assert.That(Text("box/schemata"), Is.EqualTo("L3:0=3\nMB:0=50\n"));
    }

    [Must("intelRdt.memBw-prefix")]
    [Must("intelRdt.memBw-newline")]
    [Must("intelRdt.schemata-newline")]
    [TestCase("""{ "memBwSchema": "L3:0=f" }""", "memBwSchema")]
    [TestCase("""{ "memBwSchema": "MB:0=1\nMB:1=1" }""", "memBwSchema")]
    [TestCase("""{ "schemata": ["L3:0=f", "L3:0=f\n"] }""", "schemata/1")]
    [TestCase("""{ "l3CacheSchema": "L3:0=f\nL3:1=f" }""", "l3CacheSchema")]
    [TestCase("""{ "closID": "." }""", "closID")]
    [TestCase("""{ "closID": "a/b" }""", "closID")]
    [TestCase("""{ "closID": "a\nb" }""", "closID")]
    public void What_resctrl_would_read_as_something_else_is_refused(string rdt, string property)
        => Assert.That(Assert.Throws<ContainerException>(() => IntelRdtRules.Check(Read(rdt)))!.Pointer,
            Is.EqualTo($"/linux/intelRdt/{property}"));

    private static IntelRdt Read(string rdt)
        => ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{ "ociVersion": "1.3.0", "linux": { "intelRdt": {{rdt}} } }""")).Linux.IntelRdt!;

    private RdtPlan Plan(string rdt)
    {
        RdtPlan plan = RdtPlan.From(Read(rdt), Id);
        resctrl.Require(plan);
        return plan;
    }

    /// <summary>All of what create does, for process 4711.</summary>
    private RdtPlan Create(string rdt)
    {
        RdtPlan plan = Plan(rdt);
        if (plan.Monitor is not null && plan.IsOwn)
            MakeAsTheKernelDoes(plan);
        else
            resctrl.Make(plan);
        resctrl.Join(plan, 4711);
        return plan;
    }

    /// <summary>mon_groups comes with the class's directory.</summary>
    private void MakeAsTheKernelDoes(RdtPlan plan)
    {
        resctrl.Make(RdtPlan.From(new IntelRdt(), Id));
        Directory.CreateDirectory(tree[$"{Id}/mon_groups"]);
        resctrl.Make(plan);
    }

    /// <summary>A delete, with the files gone that the kernel would take away.</summary>
    private void Vanish(RdtPlan plan)
    {
        foreach (string path in resctrl.RemovedWithContainer(plan))
        {
            foreach (string file in Directory.GetFiles(path))
                File.Delete(file);
            if (Directory.Exists(Path.Combine(path, "mon_groups"))
                && Directory.GetDirectories(Path.Combine(path, "mon_groups")).Length == 0)
                Directory.Delete(Path.Combine(path, "mon_groups"));
            Resctrl.Remove([path]);
        }
    }

    private void Class(string name, string schemata)
    {
        Directory.CreateDirectory(tree[$"{name}/mon_groups"]);
        File.WriteAllText(tree[$"{name}/schemata"], schemata);
    }

    private string Text(string file) => File.ReadAllText(tree[file]);
}
