package api

// Identity is whom the code of a workload acts as towards the API server.
type Identity struct {
	// Account is the name of the ServiceAccount, in the namespace of the item.
	Account string `json:"account"`
	// Also are further accounts that live pods or templates act as; Rights has theirs too.
	Also []string `json:"also,omitempty"`
	// Tokens are the containers that hold a token of the account for the API server.
	Tokens []string `json:"tokens"`
	// UsedBy are the other workloads that were read and act as the account.
	UsedBy []Ref `json:"usedBy"`
	// Everybody counts the rules that every account of the cluster has, by the roles that
	// Kubernetes gives to all; Rights leaves them out.
	Everybody int `json:"everybody"`
	// Verified tells that the API server was asked about each right (--verify).
	Verified bool `json:"verified"`
	// Unknown says in words what of the rights could not be known, and for want of what.
	Unknown []string `json:"unknown"`
}

// BesideFiles stands in Identity.Unknown where files alone were read.
const BesideFiles = "what a cluster grants beside the files"

// Right is one rule that an account holds, merged from rules of the same role and scope.
type Right struct {
	Verbs           []string `json:"verbs"`
	Groups          []string `json:"groups"`
	Resources       []string `json:"resources"`
	ResourceNames   []string `json:"resourceNames"`
	NonResourceURLs []string `json:"nonResourceURLs"`
	// Namespace is where the right holds, empty for the whole cluster.
	Namespace string `json:"namespace"`
	Via       Via    `json:"via"`
	// Checks are the IDs of the findings that stand on it.
	Checks []string `json:"checks"`
	// Verified is what the API server said of it: "confirmed", "refused" or, where it was
	// not asked, empty.
	Verified string `json:"verified,omitempty"`
}

// Via is the grant through which somebody has a right.
type Via struct {
	// Binding and Role are a kind and a name, such as "RoleBinding devs" and "ClusterRole edit".
	// A RoleBinding of another namespace than the item's is "RoleBinding ci/devs".
	Binding string `json:"binding"`
	Role    string `json:"role"`
	// Rules count those of the role from 1.
	Rules []int `json:"rules"`
	// Subject is the entry of the binding that applies, such as "ServiceAccount checkout" or
	// "Group system:serviceaccounts".
	Subject string `json:"subject"`
}

// Becomer is somebody who can act as a workload or run code in it.
type Becomer struct {
	// Subject such as "Group devs", "User ann", "ServiceAccount ci/deployer", or
	// "root on node-1, node-2".
	Subject string `json:"subject"`
	// System marks subjects of Kubernetes itself (system:…), which screens leave out.
	System bool `json:"system,omitempty"`
	// Ways come surest first.
	Ways []Way `json:"ways"`
}

// Way is one way to become a workload.
type Way struct {
	// How is a word or a few: "everything", "exec", "attach", "debug", "patch deployments",
	// "token", "token secret", "impersonate", "create pods", "root".
	How string `json:"how"`
	// Via is the grant; nil for root on a node.
	Via *Via `json:"via,omitempty"`
	// Workloads are those through which somebody is root on the node.
	Workloads []Ref `json:"workloads,omitempty"`
}

// SecretUse is a Secret that a workload gets.
type SecretUse struct {
	Name string `json:"name"`
	// Uses say where, such as "app env DB_PASSWORD (key password)" or "migrate /etc/db".
	Uses []string `json:"uses"`
	// Type, Keys and Created are known with --secrets alone; Created is RFC 3339.
	Type    string `json:"type,omitempty"`
	Keys    *int   `json:"keys,omitempty"`
	Created string `json:"created,omitempty"`
	// Missing tells that there is no such Secret.
	Missing bool `json:"missing,omitempty"`
	// Readers are who else can read it by RBAC; those of Kubernetes itself are left out.
	Readers []string `json:"readers"`
}

// Outcome is something that code in a workload gets, or cannot get.
type Outcome struct {
	// ID names the outcome: node-root, node-read, cluster, namespace, secrets, cloud, network,
	// capabilities, persistence, other-namespaces.
	ID string `json:"id"`
	// Severity of a possible outcome; info of one that is not possible.
	Severity Severity `json:"severity"`
	Possible bool     `json:"possible"`
	// Unknown tells that it could not be judged; Possible is false then.
	Unknown bool `json:"unknown,omitempty"`
	// Text says what is got, in a few words: "every Secret of shop", "root on the node".
	Text string `json:"text"`
	// Detail says by what, or because of what not.
	Detail string `json:"detail"`
	// Because are the checks whose findings it stands on.
	Because []string `json:"because"`
	// Hops are the steps of a path through RBAC, each with its grant.
	Hops []Hop `json:"hops"`
	// Fix is the one change that removes it; empty where it is not possible.
	Fix string `json:"fix"`
}

// Hop is one step of a path: what Subject does, by which grant, and who it is afterwards.
type Hop struct {
	Subject string `json:"subject"`
	// Does such as "create pods/exec in shop".
	Does string `json:"does"`
	Via  Via    `json:"via"`
	// Becomes such as "ServiceAccount kube-system/controller" or "cluster-admin".
	Becomes string `json:"becomes"`
}

// Page is what is found of one object that is no workload.
type Page struct {
	// Type is "secret".
	Type string `json:"type"`
	// Namespace is empty for what is of the cluster.
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Summary is one sentence.
	Summary string `json:"summary"`
	Rows    []Row  `json:"rows"`
}

// Row is one line of a page.
type Row struct {
	// ID such as "reader", "node", "use" or "reach".
	ID string `json:"id"`
	// Title is who or what: "Group devs", "deploy/checkout".
	Title string `json:"title"`
	// Status is "yes", "pass", "fail", "unknown" or "not installed".
	Status string `json:"status"`
	// Evidence says how and by what.
	Evidence  []string `json:"evidence"`
	Standards []string `json:"standards"`
}
