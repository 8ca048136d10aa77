using System.Collections.Generic;

namespace SharpRunc.Conformance;

/// <summary>Every test, in the order of the specification's documents.</summary>
internal static class Catalogue
{
    public static List<Test> Tests()
    {
        List<Test> tests = [];
        foreach (Section section in Sections)
            foreach (Test test in section.Tests)
                tests.Add(test with { Anchor = section.Anchor });
        return tests;
    }

    private static Section[] Sections =>
    [
        .. ConfigTests.Sections,
        .. MountTests.Sections,
        .. MountOptionTests.Sections,
        .. ProcessTests.Sections,
        .. HookPropertyTests.Sections,
        .. HookTests.Sections,
        .. NamespaceTests.Sections,
        .. DeviceTests.Sections,
        .. CgroupTests.Sections,
        .. ResourceTests.Sections,
        .. NetDeviceTests.Sections,
        .. LinuxTests.Sections,
        .. SeccompTests.Sections,
        .. NotifyTests.Sections,
        .. StateTests.Sections,
        .. CreateTests.Sections,
        .. StartTests.Sections,
        .. KillTests.Sections,
        .. DeleteTests.Sections,
        .. FeatureTests.Sections,
        .. SeccompFeatureTests.Sections,
    ];
}
